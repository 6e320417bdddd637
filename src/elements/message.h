// SPDX-License-Identifier: Apache-2.0
// Message: says something when the graph is read.
//
//   Message(MESSAGE [, TYPE])
//
// Arguments  MESSAGE  the text
//            TYPE     MESSAGE, WARNING, or ERROR, which refuses the graph. Default MESSAGE.
// Ports      none
// Example    Message("this file is for testing only", WARNING)

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Message final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
};

}  // namespace superfluid::elements
