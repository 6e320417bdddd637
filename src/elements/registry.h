// SPDX-License-Identifier: Apache-2.0
// The list of the element library: every class once, and the other names by which Click knows some.

#pragma once

#include "graph/router.h"

namespace superfluid::elements {

void register_elements(graph::Registry& registry);

}  // namespace superfluid::elements
