// SPDX-License-Identifier: Apache-2.0
#include "superfluid/element/manual.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "base/text.h"
#include "elements/registry.h"
#include "graph/router.h"
#include "hostgraph/registry.h"

namespace superfluid::element {
namespace {

// Every class that a configuration can name has a page, which names it and shows an example.
TEST(ElementManual, EveryElementHasItsPage) {
  graph::Registry registry;
  elements::register_elements(registry);
  hostgraph::register_elements(registry);
  ASSERT_FALSE(registry.names().empty());
  for (const std::string_view name : registry.names()) {
    const std::string_view class_name = registry.find(name)->name;
    std::size_t pages = 0;
    for (const ManualPage& page : std::span(kManualPages, kManualPageCount)) {
      if (page.classes.contains(base::cat(' ', class_name, ' '))) {
        ++pages;
        EXPECT_TRUE(page.text.contains(class_name)) << class_name;
        EXPECT_TRUE(page.text.contains("Example")) << class_name;
      }
    }
    EXPECT_EQ(pages, 1u) << class_name;
  }
}

}  // namespace
}  // namespace superfluid::element
