// SPDX-License-Identifier: Apache-2.0
// StaticThreadSched: says which elements run on which thread.
//
//   StaticThreadSched(ELEMENT THREAD, ...)
//
// Arguments  ELEMENT  an element, or a compound for all that are in it
//            THREAD   its thread, -1 for any
// Ports      none
// Example    f -> Queue -> u :: Unqueue -> t; StaticThreadSched(u 0);
//
// One thread runs a graph. A placement on another than thread 0 is taken with a warning, so that
// configurations written for several run, on one.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class StaticThreadSched final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;

 private:
  void place(std::string_view placement, graph::Arguments& arguments) const;
  // Also when it is a compound's name.
  bool is_element(std::string_view name) const;
};

}  // namespace superfluid::elements
