// SPDX-License-Identifier: Apache-2.0
// How deep pushes and pulls may nest. A packet's way through a graph is a nest of calls, so a path
// that is too long, or comes back to itself, would end in an overflow of the stack.
//
//   - A cycle that packets cannot leave is an error, and so is every cycle of pulls.
//   - Other cycles of pushes are wanted (an ICMPError sends its answer back to the routing table,
//     a decapsulator feeds the classifier before it). On the connection that closes one stands a
//     LoopGuard, invisible to users: it lets a packet cause kLoopsMax nested rounds and drops what
//     goes on, which only forged packets do.
//   - Every path has at most kPathMax elements, or kPathMax / kLoopsMax in a graph with cycles.
//
// Threads: a guard has the lane of the element before it.

#pragma once

#include <cstdint>
#include <span>

#include "graph/element.h"

namespace superfluid::graph {

inline constexpr std::uint32_t kPathMax = 2048;
inline constexpr std::uint32_t kLoopsMax = 8;

class LoopGuard final : public Element {
 public:
  static const ElementClass kClass;

  void push(std::uint32_t port, Batch batch) override;
};

// A connection that closes a cycle: output `port` of element `from`.
struct BackEdge {
  std::uint32_t from;
  std::uint32_t port;
};

// Where one element's calls go, by port; kNowhere for a port that does not act.
inline constexpr std::uint32_t kNowhere = 0xffffffff;
using Ways = std::vector<std::vector<std::uint32_t>>;

struct Paths {
  std::vector<BackEdge> back_edges;
  std::vector<std::uint32_t> height;  // of each element: elements on the longest path from it
};

Paths walk(const Ways& ways);

// Elements in a circle that follow each other without a branch, one circle each. `only_way` has for
// each element the one it always hands packets to, or kNowhere.
std::vector<std::vector<std::uint32_t>> closed_circles(std::span<const std::uint32_t> only_way);

}  // namespace superfluid::graph
