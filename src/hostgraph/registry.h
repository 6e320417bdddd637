// SPDX-License-Identifier: Apache-2.0
// The list of the elements that need Linux, beside those of elements/registry.h. They run on a
// Driver (hostgraph/driver.h).

#pragma once

#include "graph/router.h"

namespace superfluid::hostgraph {

void register_elements(graph::Registry& registry);

}  // namespace superfluid::hostgraph
