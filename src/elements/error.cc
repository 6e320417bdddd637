// SPDX-License-Identifier: Apache-2.0
#include "elements/error.h"

namespace superfluid::elements {

const graph::ElementClass Error::kClass{"Error", "-/-", "a/a", graph::make_element<Error>, "x/y"};

base::Status Error::initialize() {
  return base::fail(base::ErrorCode::kInvalid, "a graph with an Error element does not start");
}

}  // namespace superfluid::elements
