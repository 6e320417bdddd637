// SPDX-License-Identifier: Apache-2.0
// AlignmentInfo: what Click's tools note about where packets stand in memory.
//
//   AlignmentInfo(ELEMENT MODULUS OFFSET ..., ...)
//
// Arguments  ELEMENT MODULUS OFFSET ...  an element, and a pair of numbers for each of its inputs
// Ports      none
// Example    AlignmentInfo(c 4 2); f -> c :: CheckIPHeader -> t;
//
// Accepted for configurations that have it: elements of this library work wherever packets stand.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class AlignmentInfo final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
};

}  // namespace superfluid::elements
