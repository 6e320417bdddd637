// SPDX-License-Identifier: Apache-2.0
// Tee: sends every packet to all outputs. PullTee: the same for what is pulled through output 0.
//
//   Tee([N])
//   PullTee([N])
//
// Arguments  N  number of outputs; must be as many as are connected
// Ports      Tee: 1 push input, 1 or more push outputs
//            PullTee: 1 pull input, output 0 pull, the others push
// Example    f -> t :: Tee -> a;   t [1] -> b;
//
// The copies share their bytes with the packet until one of them is written to. Outputs get their
// packets by ascending number, a batch at a time.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

// The batch to outputs [0, outputs()) of `element`, the originals to the last one.
// REQUIRES: there is an output.
void push_to_all(const graph::Element& element, graph::Batch batch);

class Tee final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void push(std::uint32_t, graph::Batch batch) override { push_to_all(*this, batch); }
};

class PullTee final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  std::size_t pull(std::uint32_t, graph::Packet** into, std::size_t max) override;
};

}  // namespace superfluid::elements
