// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/registry.h"

#include "hostgraph/script.h"

namespace superfluid::hostgraph {

void register_elements(graph::Registry& registry) {
  registry.add(DriverManager::kClass);
  registry.add(Script::kClass);
}

}  // namespace superfluid::hostgraph
