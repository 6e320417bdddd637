// SPDX-License-Identifier: Apache-2.0
#include "elements/radix_ip_lookup.h"

namespace superfluid::elements {

const graph::ElementClass RadixIPLookup::kClass{"RadixIPLookup", "1/-", "h/h",
                                                graph::make_element<RadixIPLookup>};

}  // namespace superfluid::elements
