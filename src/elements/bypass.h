// SPDX-License-Identifier: Apache-2.0
// Bypass: a detour that is taken only while it is switched on.
//
//   Bypass([ACTIVE] [, INLINE bool])
//
// Arguments  ACTIVE  whether packets take the detour. Default false.
//            INLINE  accepted: Bypass always stays where it is
// Ports      1 or 2 inputs, 1 or 2 outputs, push or pull. Pushing: packets from input 0 leave by
//            output 0, or 1 while active; those that come back by input 1 leave by output 0.
//            Pulling: output 0 asks input 0, or 1 while active; output 1 asks input 0. A detour of
//            pulls may not come back to the same Bypass: a graph has no circles of pulls.
// Handlers   active (rw)
// Example    f -> b :: Bypass -> t;   b [1] -> Print(seen) -> [1] b;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Bypass final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override {
    output(active_ && port == 0 && outputs() == 2 ? 1 : 0).push(batch);
  }
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) override {
    return input(active_ && port == 0 && inputs() == 2 ? 1 : 0).pull(into, max);
  }

 private:
  bool active_ = false;
};

}  // namespace superfluid::elements
