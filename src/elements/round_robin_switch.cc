// SPDX-License-Identifier: Apache-2.0
#include "elements/round_robin_switch.h"

namespace superfluid::elements {

const graph::ElementClass RoundRobinSwitch::kClass{"RoundRobinSwitch", "1/1-", "h/h",
                                                   graph::make_element<RoundRobinSwitch>};

}  // namespace superfluid::elements
