// SPDX-License-Identifier: Apache-2.0
// How an element is written where there is little room.

#pragma once

#include <string>

#include "graph/elaborate.h"

namespace superfluid::graphs {

struct Label {
  std::string name;  // empty for an element that the text did not name
  std::string what;  // its class, and the beginning of its configuration in brackets
};

Label label_of(const graph::FlatElement& element);

// "name :: Class(configuration)", or "Class@3(configuration)" where the text gave no name: the
// beginning of a long configuration, or all of it.
std::string short_text(const graph::FlatElement& element);
std::string full_text(const graph::FlatElement& element);

}  // namespace superfluid::graphs
