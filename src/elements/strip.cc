// SPDX-License-Identifier: Apache-2.0
#include "elements/strip.h"

#include "graph/arguments.h"

namespace superfluid::elements {

const graph::ElementClass Strip::kClass{"Strip", "1/1", "a/a", graph::make_element<Strip>};

void Strip::configure(graph::Arguments& arguments) {
  arguments.required("LENGTH", length_).complete();
}

}  // namespace superfluid::elements
