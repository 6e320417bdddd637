// SPDX-License-Identifier: Apache-2.0
#include "elements/random_switch.h"

#include "graph/router.h"

namespace superfluid::elements {

const graph::ElementClass RandomSwitch::kClass{"RandomSwitch", "1/1-", "h/h",
                                               graph::make_element<RandomSwitch>};

std::uint32_t RandomSwitch::choose(graph::Packet&) { return rng().below(outputs()); }

}  // namespace superfluid::elements
