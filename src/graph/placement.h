// SPDX-License-Identifier: Apache-2.0
// Placement: which lane runs which element.
//
// A pull, and a call of another element by name, is answered at once, so elements joined by those
// form a group that stays together. A push need not be answered: between two groups it may go over
// a Crossing. So:
//
//   1. A group gets the lane that its elements wish for. Where they wish for several, those that
//      begin turns count first, and among equals the first in the graph; the others are reported.
//   2. A group without a wish that begins turns (a source, who pulls from a queue) gets lane 0.
//   3. Any other goes where packets come to it from; of several lanes, the lowest.
//
// Threads: none; used while a router is built.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace superfluid::graph {

struct ElementPair {
  std::uint32_t a;
  std::uint32_t b;
};

struct PlacementRequest {
  std::size_t elements = 0;
  std::vector<ElementPair> together;                     // in one group
  std::vector<ElementPair> pushes;                       // from a to b
  std::vector<bool> begins_turns;                        // of each element
  std::span<const std::optional<std::uint32_t>> wishes;  // of each element: a lane
};

struct Placement {
  // An element that begins turns and has to go where another of its group wished to be.
  struct Overruled {
    std::uint32_t element;
    std::uint32_t by;
  };

  std::vector<std::uint32_t> lanes;  // of each element
  std::vector<Overruled> overruled;
};

Placement place(const PlacementRequest& request);

}  // namespace superfluid::graph
