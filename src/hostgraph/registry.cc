// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/registry.h"

namespace superfluid::hostgraph {

void register_elements(graph::Registry&) {}

}  // namespace superfluid::hostgraph
