// SPDX-License-Identifier: Apache-2.0
// RandomSeed: makes what is random in a graph the same in every run.
//
//   RandomSeed([SEED])
//
// Arguments  SEED  0 to 4294967295. Default: the random numbers are left as they are.
// Ports      none
// Handlers   seed (rw)  written, the numbers begin anew from it
// Example    RandomSeed(7); f -> RandomSwitch -> t;
//
// The numbers are this program's own, and not those that Click would draw with the same seed.

#pragma once

#include <optional>

#include "graph/element.h"

namespace superfluid::elements {

class RandomSeed final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;

 private:
  void apply(std::uint32_t seed);

  std::optional<std::uint32_t> seed_;
};

}  // namespace superfluid::elements
