// SPDX-License-Identifier: Apache-2.0
// lay_out(): where the boxes of a directed graph go, in layers from top to bottom, and how the
// lines between them run.
//
//   cycles are broken -> every box gets a layer below those that lead to it -> long lines get a
//   place in each layer that they pass -> layers are ordered so that few lines cross -> boxes are
//   moved below and above what they are joined to
//
// Invariants
//   1. No two boxes overlap, nor does a line that passes a layer run through a box there.
//   2. Lines leave at the bottom of a box and arrive at the top of one; all but those that close a
//      cycle run downwards.
//   3. The same graph gives the same picture.
//   4. At most kPlacesMax places, those of passing lines counted: time and memory stay bounded.
//
// Threads: pure.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace superfluid::graphs {

struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double width;
  double height;
};

// `from_at` and `to_at`: where on the edge of its box the line ends, as a distance from the left.
struct Line {
  std::uint32_t from;
  std::uint32_t to;
  double from_at;
  double to_at;
};

struct Layout {
  std::vector<Point> boxes;                // the upper left corner of each
  std::vector<std::vector<Point>> routes;  // of each line, from its beginning to its end
  double width = 0;
  double height = 0;
};

inline constexpr std::size_t kPlacesMax = 200'000;

base::Result<Layout> lay_out(std::span<const Box> boxes, std::span<const Line> lines);

}  // namespace superfluid::graphs
