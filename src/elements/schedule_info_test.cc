// SPDX-License-Identifier: Apache-2.0
#include "elements/schedule_info.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

TEST(ScheduleInfo, SharesTurnsAsItSays) {
  TestGraph graph(
      "ScheduleInfo(a 4, c 0.5, c/inner/b 3);"
      "c :: { ScheduleInfo(b 2); b :: InfiniteSource(ACTIVE false) -> Discard;"
      "  inner :: { b :: InfiniteSource(ACTIVE false) -> Discard } };"
      "a :: InfiniteSource -> out :: Counter -> Discard;"
      "z :: InfiniteSource -> other :: Counter -> Discard;"
      "ab :: InfiniteSource(ACTIVE false) -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("a.tickets"), "4096");
  EXPECT_EQ(graph.read("ab.tickets"), "1024");
  EXPECT_EQ(graph.read("c/b.tickets"), "1024");  // half of twice
  EXPECT_EQ(graph.read("c/inner/b.tickets"), "1536");
  graph.run(1000);
  const auto count = [&](std::string_view name) {
    return base::parse_u64(graph.read(base::cat(name, ".count"))).value();
  };
  EXPECT_GT(count("out"), 3 * count("other"));
  EXPECT_LT(count("out"), 5 * count("other"));
}

TEST(ScheduleInfo, StaysWithinWhatTasksCanHave) {
  TestGraph graph(
      "ScheduleInfo(a 32, a 32, b .001, b 0.001); a :: InfiniteSource(ACTIVE false) -> Discard;"
      "b :: InfiniteSource(ACTIVE false) -> Discard; Idle -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("a.tickets"), "32768");
  EXPECT_EQ(graph.read("b.tickets"), "1");
}

TEST(ScheduleInfo, RefusesWrongArguments) {
  for (const std::string_view wrong :
       {"a", "a 1 2", "a -1", "a 0", "a 0.0001", "a 33", "a x", "a .", "a 1.x", "a 1e9"}) {
    EXPECT_EQ(TestGraph(base::cat("s :: ScheduleInfo(", wrong, ")")).problems(),
              "t:1:1: While configuring 's :: ScheduleInfo':\n  expected 'ELEMENTNAME PARAM'\n")
        << wrong;
  }
  EXPECT_EQ(TestGraph("ScheduleInfo()").problems(), "");
}

}  // namespace
}  // namespace superfluid::elements
