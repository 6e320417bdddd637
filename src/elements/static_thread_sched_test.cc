// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

std::string problems(std::string_view placements) {
  return TestGraph(base::cat("c :: { i :: Idle -> d :: Discard }; e :: Idle -> f :: Discard;"
                             "s :: StaticThreadSched(",
                             placements, ")"))
      .problems();
}

std::string complaint(std::string_view text) {
  return base::cat("t:1:63: While configuring 's :: StaticThreadSched':\n  ", text, "\n");
}

TEST(StaticThreadSched, TakesElementsAndCompounds) {
  EXPECT_EQ(problems(""), "");
  EXPECT_EQ(problems("e 0, f -1"), "");
  EXPECT_EQ(problems("c 0, c/d 0"), "");
  const TestGraph inside("c :: { i :: Idle -> d :: Discard; StaticThreadSched(d 0, i 0) }");
  EXPECT_EQ(inside.problems(), "");
}

TEST(StaticThreadSched, WarnsOfThreadsThatThereAreNot) {
  TestGraph graph("e :: Idle -> Discard; s :: StaticThreadSched(e 1)");
  EXPECT_TRUE(graph.built());
  EXPECT_EQ(problems("e 1"),
            complaint("thread preference 1 out of range, one thread runs the graph"));
  EXPECT_EQ(problems("e -2"),
            complaint("thread preference -2 out of range, one thread runs the graph"));
}

TEST(StaticThreadSched, RefusesWhatIsNoPlacement) {
  EXPECT_EQ(problems("nobody 0"), complaint("'nobody' does not name an element"));
  EXPECT_EQ(problems("d 0"), complaint("'d' does not name an element"));
  EXPECT_EQ(problems("e x"), complaint("THREAD: 'x' is not an integer"));
  EXPECT_NE(problems("e"), "");
  EXPECT_NE(problems("e 0 0"), "");
}

}  // namespace
}  // namespace superfluid::elements
