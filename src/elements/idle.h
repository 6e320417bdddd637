// SPDX-License-Identifier: Apache-2.0
// Idle: never sends a packet, drops every packet it gets. Fills ports that are not to be used.
//
//   Idle()
//
// Who would pull from it, or push to nothing else, sleeps.
//
// Ports      any number of inputs and outputs, push or pull, not joined to each other
// Example    Idle -> [1] x;   x [2] -> Idle;

#pragma once

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class Idle final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void push(std::uint32_t, graph::Batch batch) override { batch.release(); }
  std::size_t pull(std::uint32_t, graph::Packet**, std::size_t) override { return 0; }
  graph::Notifier* empty_notifier(std::uint32_t) override { return &never_; }
  graph::Notifier* full_notifier(std::uint32_t) override { return &never_; }

  base::Status initialize() override {
    never_.sleep();
    return {};
  }

 private:
  graph::Notifier never_;
};

}  // namespace superfluid::elements
