// SPDX-License-Identifier: Apache-2.0
// InputSwitch: lets packets from one of its inputs pass.
//
//   InputSwitch([INPUT])
//
// Arguments  INPUT  its number; negative: packets from no input pass. Default 0.
// Ports      any number of push inputs, 1 push output
// Drops      packets from the other inputs
// Handlers   switch (rw), config (r)  INPUT; a number beyond the inputs is -1
// Example    a -> [0] s :: InputSwitch -> t;   b -> [1] s;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class InputSwitch final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;

 private:
  std::int32_t input_ = 0;
};

}  // namespace superfluid::elements
