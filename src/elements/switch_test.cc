// SPDX-License-Identifier: Apache-2.0
// Switch, StaticSwitch, RoundRobinSwitch, RandomSwitch, HashSwitch, Tee, PullTee, Suppressor.
#include "elements/switch.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

std::string two_ways(std::string_view element) {
  return base::cat("in :: Inject -> s :: ", element, " -> a :: Capture; s [1] -> b :: Capture");
}

TEST(Switch, SendsToOneOutput) {
  TestGraph graph(two_ways("Switch(1)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1", "2"});
  EXPECT_EQ(graph.write("s.switch", "0"), "");
  EXPECT_EQ(graph.read("s.config"), "0");
  graph.send("in", {"3"});
  EXPECT_EQ(graph.texts("a"), "3");
  EXPECT_EQ(graph.texts("b"), "1|2");
}

TEST(Switch, ANumberWithoutAnOutputDrops) {
  TestGraph graph(two_ways("Switch"));
  for (const std::string_view number : {"2", "-1", "-7"}) {
    EXPECT_EQ(graph.write("s.switch", number), "");
    EXPECT_EQ(graph.read("s.switch"), "-1");
    graph.send("in", {"1"});
  }
  EXPECT_EQ(graph.texts("a") + graph.texts("b"), "");
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.write("s.switch", "one"), "error: 'one' is not an integer");
}

TEST(Switch, RefusesAnOutputThatIsNotThere) {
  EXPECT_EQ(TestGraph(two_ways("Switch(2)")).problems(),
            "t:1:17: While configuring 's :: Switch':\n  output must be < 2\n");
}

TEST(StaticSwitch, SendsToOneOutput) {
  TestGraph graph(two_ways("StaticSwitch(1)"));
  graph.send("in", {"1", "2"});
  EXPECT_EQ(graph.texts("b"), "1|2");
  EXPECT_EQ(TestGraph(two_ways("StaticSwitch")).problems(),
            "t:1:17: While configuring 's :: StaticSwitch':\n  required OUTPUT argument missing\n");
}

TEST(StaticSwitch, ANumberWithoutAnOutputDrops) {
  TestGraph graph(two_ways("StaticSwitch(9)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1"});
  EXPECT_EQ(graph.held(), 0U);
}

TEST(RoundRobinSwitch, TakesTurns) {
  TestGraph graph(two_ways("RoundRobinSwitch"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1", "2", "3"});
  graph.send("in", {"4"});
  EXPECT_EQ(graph.texts("a"), "1|3");
  EXPECT_EQ(graph.texts("b"), "2|4");
}

TEST(RandomSwitch, UsesAllOutputsAndLosesNothing) {
  TestGraph graph(two_ways("RandomSwitch"));
  ASSERT_EQ(graph.problems(), "");
  const std::vector<Sample> many(1000, Sample("x"));
  graph.send("in", many);
  const std::size_t a = graph.captured("a").size();
  EXPECT_EQ(a + graph.captured("b").size(), 1000U);
  EXPECT_GT(a, 400U);  // the seed is fixed
  EXPECT_LT(a, 600U);
}

TEST(HashSwitch, EqualBytesGoTheSameWay) {
  TestGraph graph(two_ways("HashSwitch(1, 2)"));
  ASSERT_EQ(graph.problems(), "");
  // 0x30 + 0x30 = 0x60, folded 0x66; 0x31 + 0x30 = 0x61, folded 0x67.
  graph.send("in", {"x00", "y10", "z01", "", "zz", "x00and more"});
  EXPECT_EQ(graph.texts("a"), "x00||zz|x00and more");
  EXPECT_EQ(graph.texts("b"), "y10|z01");
}

TEST(HashSwitch, TakesTheRestOfOtherNumbers) {
  TestGraph graph(base::cat(two_ways("HashSwitch(0, 1)"), "; s [2] -> c :: Capture"));
  graph.send("in", {"0", "1", "2"});  // 48, 49, 50
  EXPECT_EQ(graph.texts("a"), "0");
  EXPECT_EQ(graph.texts("b"), "1");
  EXPECT_EQ(graph.texts("c"), "2");
}

TEST(HashSwitch, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph(two_ways("HashSwitch(0, 0)")).problems(),
            "t:1:17: While configuring 's :: HashSwitch':\n  length must be > 0\n");
  EXPECT_EQ(TestGraph(two_ways("HashSwitch(0)")).problems(),
            "t:1:17: While configuring 's :: HashSwitch':\n  required LENGTH argument missing\n");
}

TEST(HashSwitch, FarBytesAreBeyondEveryPacket) {
  TestGraph graph(two_ways("HashSwitch(4294967295, 4294967295)"));
  graph.send("in", {"1"});
  EXPECT_EQ(graph.texts("a"), "1");
}

TEST(Tee, SendsToAll) {
  TestGraph graph(two_ways("Tee(2)"), {.shared = true});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1", "2"});
  EXPECT_EQ(graph.texts("a"), "1|2");
  EXPECT_EQ(graph.texts("b"), "1|2");
}

TEST(Tee, WithoutMemoryTheOriginalsGoOn) {
  TestGraph graph(
      "in :: Inject -> t :: Tee -> q :: Queue(1000) -> a :: PullCapture;"
      "t [1] -> r :: Queue(1000) -> b :: PullCapture",
      {.packets_max = 256});
  graph.send("in", std::vector<Sample>(200, Sample("x")));
  EXPECT_EQ(graph.pull("b", 1000), 200U);
  EXPECT_LT(graph.pull("a", 1000), 200U);
}

TEST(Tee, RefusesAWrongNumber) {
  EXPECT_EQ(TestGraph(two_ways("Tee(3)")).problems(),
            "t:1:17: While configuring 's :: Tee':\n  2 outputs implies 2 arms\n");
}

TEST(PullTee, SendsCopiesOfWhatIsPulled) {
  TestGraph graph("in :: Inject -> t :: PullTee -> a :: PullCapture; t [1] -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1", "2", "3"});
  EXPECT_EQ(graph.texts("b"), "");
  EXPECT_EQ(graph.pull("a", 2), 2U);
  EXPECT_EQ(graph.texts("a"), "1|2");
  EXPECT_EQ(graph.texts("b"), "1|2");
}

TEST(Suppressor, StopsOneOfItsPairs) {
  TestGraph graph(
      "in :: Inject -> s :: Suppressor -> a :: Capture;"
      "pin :: Inject -> [1] s [1] -> b :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("s.active0"), "true");
  EXPECT_EQ(graph.write("s.active0", "false"), "");
  EXPECT_EQ(graph.write("s.active1", "no"), "");
  EXPECT_EQ(graph.write("s.active1", "perhaps"), "error: 'perhaps' is not a boolean");
  graph.send("in", {"1"});
  graph.send("pin", {"2"});
  EXPECT_EQ(graph.pull("b", 1), 0U);
  EXPECT_EQ(graph.write("s.reset"), "");
  EXPECT_EQ(graph.read("s.active0"), "true");
  graph.send("in", {"3"});
  EXPECT_EQ(graph.pull("b", 1), 1U);
  EXPECT_EQ(graph.texts("a"), "3");
  EXPECT_EQ(graph.texts("b"), "2");
}

}  // namespace
}  // namespace superfluid::elements
