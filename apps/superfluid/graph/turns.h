// SPDX-License-Identifier: Apache-2.0
// The turns of a graph: who starts to move packets, and how far they get before that one is done.
//
// A turn begins at an element that pushes packets nobody pushed to it, or pulls packets nobody
// pulls from it. Pulled packets come from where the first element upstream keeps them (a Queue);
// pushed ones run to an element that keeps or ends them, in one go. So a graph falls into turns
// that meet at queues alone, and those are what its threads are given; where packets are pushed to
// an element of another thread, they wait there, and that thread takes the turn further.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/router.h"
#include "superfluid/cli/terminal.h"

namespace superfluid::graphs {

struct Turn {
  std::uint32_t starter = 0;
  bool pulls = false;
  bool pushes = false;
  std::vector<std::uint32_t> out_of;   // elements that keep packets, pulled
  std::vector<std::uint32_t> through;  // in the order in which they are met
  std::vector<std::uint32_t> into;     // elements that keep packets, pushed
  std::vector<std::uint32_t> ends;     // elements that packets do not leave
};

std::vector<Turn> turns_of(const graph::Router& router);

std::size_t thread_of(const graph::Router& router, std::uint32_t element);
// The elements of a turn that another thread runs than the starter's, and which.
std::vector<std::pair<std::uint32_t, std::size_t>> elsewhere_in(const graph::Router& router,
                                                                const Turn& turn);

// For people: a paragraph for each turn.
std::string text_of(const graph::Router& router, const std::vector<Turn>& turns,
                    const cli::Terminal& terminal);

}  // namespace superfluid::graphs
