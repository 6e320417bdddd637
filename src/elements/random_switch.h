// SPDX-License-Identifier: Apache-2.0
// RandomSwitch: sends each packet to an output by chance, all of them equally likely.
//
//   RandomSwitch()
//
// Ports      1 push input, 1 or more push outputs
// Example    f -> r :: RandomSwitch;   r [0] -> a;   r [1] -> b;
//
// Chance is the router's: the same seed gives the same choices.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class RandomSwitch final : public graph::Splitter<RandomSwitch> {
 public:
  static const graph::ElementClass kClass;

  std::uint32_t choose(graph::Packet&);
};

}  // namespace superfluid::elements
