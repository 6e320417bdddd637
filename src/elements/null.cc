// SPDX-License-Identifier: Apache-2.0
#include "elements/null.h"

namespace superfluid::elements {

const graph::ElementClass Null::kClass{"Null", "1/1", "a/a", graph::make_element<Null>};

}  // namespace superfluid::elements
