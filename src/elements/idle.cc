// SPDX-License-Identifier: Apache-2.0
#include "elements/idle.h"

namespace superfluid::elements {

const graph::ElementClass Idle::kClass{"Idle", "-/-", "a/a", graph::make_element<Idle>, "x/y"};

}  // namespace superfluid::elements
