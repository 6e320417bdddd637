// SPDX-License-Identifier: Apache-2.0
// Suppressor: passes packets from each input to the output of the same number, and stops those that
// a handler told it to stop.
//
//   Suppressor()
//
// Ports      any number of inputs, as many outputs; each pair push or pull
// Drops      packets pushed into a stopped input
// Handlers   active0, active1, ... (rw)  whether that input's packets pass. Default true.
//            reset (w)                   lets all pass
// Example    f -> s :: Suppressor -> t;

#pragma once

#include <vector>

#include "graph/element.h"

namespace superfluid::elements {

class Suppressor final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) override;

 private:
  // A byte each, so that a handler can hold on to one.
  struct Gate {
    bool open = true;
  };
  std::vector<Gate> gates_;
};

}  // namespace superfluid::elements
