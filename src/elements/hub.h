// SPDX-License-Identifier: Apache-2.0
// Hub: sends a copy of each packet out of all ports but the one that it came in by.
//
//   Hub()
//
// Ports      any number of push inputs, as many push outputs
// Handlers   drops (r)
// Drops      packets that have nowhere to go, and copies that there is no memory for
// Example    a -> [0] h :: Hub;   h [0] -> to_a;   b -> [1] h;   h [1] -> to_b;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Hub final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
