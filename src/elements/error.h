// SPDX-License-Identifier: Apache-2.0
// Error: refuses to start the graph that it stands in.
//
//   Error(...)
//
// Arguments  any, ignored
// Ports      any number of inputs and outputs
// Example    elementclass Old { -> Error("use New") -> }

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Error final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments&) override {}
  base::Status initialize() override;
};

}  // namespace superfluid::elements
