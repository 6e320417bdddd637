// SPDX-License-Identifier: Apache-2.0
// The list of the elements that need a guest, beside those of elements/registry.h.

#pragma once

#include "graph/router.h"

namespace superfluid::guest {

void register_elements(graph::Registry& registry);

}  // namespace superfluid::guest
