// SPDX-License-Identifier: Apache-2.0
// Null, PushNull, PullNull: pass packets on unchanged.
//
//   Null()
//   PushNull()
//   PullNull()
//
// Ports      1 input, 1 output: Null's push or pull, the others' as their names say
// Example    f -> Null -> t;   where an element is asked for and nothing is to be done

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Null final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static const graph::ElementClass kPushClass;  // PushNull
  static const graph::ElementClass kPullClass;  // PullNull

  void push(std::uint32_t, graph::Batch batch) override { output(0).push(batch); }
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override {
    return input(0).pull(into, max);
  }
};

}  // namespace superfluid::elements
