// SPDX-License-Identifier: Apache-2.0
#include "elements/testing.h"

#include "elements/registry.h"

namespace superfluid::elements::testing {

const graph::Registry& test_registry() {
  static const std::unique_ptr<graph::Registry> registry = [] {
    auto made = std::make_unique<graph::Registry>();
    register_elements(*made);
    graph::testing::add_test_classes(*made);
    return made;
  }();
  return *registry;
}

}  // namespace superfluid::elements::testing
