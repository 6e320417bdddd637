// SPDX-License-Identifier: Apache-2.0
// Switch: sends all packets to one output, which a handler changes while it runs.
// StaticSwitch: the same without the handler.
//
//   Switch([OUTPUT])
//   StaticSwitch(OUTPUT)
//
// Arguments  OUTPUT  the output's number; negative drops all packets. Switch: default 0, and it
//                    must exist.
// Ports      1 push input, any number of push outputs
// Drops      all packets while OUTPUT names no output
// Handlers   Switch: switch (rw)  OUTPUT; a number without an output is taken as -1
//            Switch: config (r)   OUTPUT as it is now
// Example    f -> s :: Switch(1);   s [0] -> a;   s [1] -> b;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

// What the two share.
class OneOutput : public graph::Element {
 public:
  void push(std::uint32_t, graph::Batch batch) final;

 protected:
  // -1 for a number without an output.
  void select(std::int32_t output);

  std::int32_t output_ = 0;
};

class Switch final : public OneOutput {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
};

class StaticSwitch final : public OneOutput {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
};

}  // namespace superfluid::elements
