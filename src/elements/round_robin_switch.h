// SPDX-License-Identifier: Apache-2.0
// RoundRobinSwitch: sends each packet to the next output in turn.
//
//   RoundRobinSwitch()
//
// Ports      1 push input, 1 or more push outputs
// Example    f -> rr :: RoundRobinSwitch;   rr [0] -> a;   rr [1] -> b;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class RoundRobinSwitch final : public graph::Splitter<RoundRobinSwitch> {
 public:
  static const graph::ElementClass kClass;

  std::uint32_t choose(graph::Packet&) {
    const std::uint32_t chosen = next_;
    next_ = next_ + 1 < outputs() ? next_ + 1 : 0;
    return chosen;
  }

 private:
  std::uint32_t next_ = 0;
};

}  // namespace superfluid::elements
