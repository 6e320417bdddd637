// SPDX-License-Identifier: Apache-2.0
// The test harness of graph/testing.h with the element library in it:
//
//   TestGraph graph("in :: Inject -> Strip(2) -> out :: Capture");
//   ASSERT_EQ(graph.problems(), "");
//   graph.send("in", {"abcd", "efgh"});
//   EXPECT_EQ(graph.texts("out"), "cd|gh");

#pragma once

#include "graph/testing.h"

namespace superfluid::elements::testing {

using graph::testing::Sample;
using graph::testing::TestGraphOptions;

// All elements of the library, and the test classes.
const graph::Registry& test_registry();

class TestGraph final : public graph::testing::TestGraph {
 public:
  explicit TestGraph(std::string_view config, const TestGraphOptions& options = {})
      : graph::testing::TestGraph(config, test_registry(), options) {}
};

}  // namespace superfluid::elements::testing
