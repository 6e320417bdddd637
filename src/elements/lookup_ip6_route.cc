// SPDX-License-Identifier: Apache-2.0
#include "elements/lookup_ip6_route.h"

namespace superfluid::elements {

const graph::ElementClass LookupIP6Route::kClass{"LookupIP6Route", "1/-", "h/h",
                                                 graph::make_element<LookupIP6Route>};

}  // namespace superfluid::elements
