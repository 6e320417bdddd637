// SPDX-License-Identifier: Apache-2.0
// The turns of a graph: who starts to move packets, and how far they get before that one is done.
//
// A turn begins at an element that pushes packets nobody pushed to it, or pulls packets nobody
// pulls from it. Pulled packets come from where the first element upstream keeps them (a Queue);
// pushed ones run to an element that keeps or ends them, in one go. So a graph falls into turns
// that meet at queues alone, and those are what its threads can be given.

#pragma once

#include <cstdint>
#include <string>
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

// For people: a paragraph for each turn.
std::string text_of(const graph::Router& router, const std::vector<Turn>& turns,
                    const cli::Terminal& terminal);

}  // namespace superfluid::graphs
