// SPDX-License-Identifier: Apache-2.0
// SimplePullSwitch, StaticPullSwitch, PullSwitch, InputSwitch, Bypass.
#include "elements/pull_switch.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

std::string two_inputs(std::string_view element) {
  return base::cat("a :: Inject -> s :: ", element, " -> out :: PullCapture; b :: Inject -> [1] s");
}

TEST(PullSwitches, PullFromOneInput) {
  for (const std::string_view element :
       {"SimplePullSwitch(1)", "StaticPullSwitch(1)", "PullSwitch(1)"}) {
    TestGraph graph(two_inputs(element));
    ASSERT_EQ(graph.problems(), "");
    graph.send("a", {"a"});
    graph.send("b", {"b"});
    EXPECT_EQ(graph.pull("out", 9), 1U);
    EXPECT_EQ(graph.texts("out"), "b") << element;
  }
}

TEST(PullSwitches, ANumberWithoutAnInputGivesNothing) {
  for (const std::string_view element :
       {"SimplePullSwitch(-1)", "StaticPullSwitch(2)", "PullSwitch(7)"}) {
    TestGraph graph(two_inputs(element));
    ASSERT_EQ(graph.problems(), "");
    graph.send("a", {"a"});
    EXPECT_EQ(graph.pull("out", 9), 0U);
  }
}

TEST(PullSwitches, MayBeSwitched) {
  for (const std::string_view element : {"SimplePullSwitch", "PullSwitch"}) {
    TestGraph graph(two_inputs(element));
    graph.send("b", {"b"});
    EXPECT_EQ(graph.read("s.switch"), "0");
    EXPECT_EQ(graph.pull("out", 9), 0U);
    EXPECT_EQ(graph.write("s.switch", "1"), "");
    EXPECT_EQ(graph.read("s.config"), "1");
    EXPECT_EQ(graph.pull("out", 9), 1U);
    EXPECT_EQ(graph.write("s.switch", "2"), "");
    EXPECT_EQ(graph.read("s.switch"), "-1");
    EXPECT_EQ(graph.write("s.switch", "first"), "error: 'first' is not an integer");
  }
  EXPECT_EQ(TestGraph(two_inputs("StaticPullSwitch")).problems(),
            "t:1:16: While configuring 's :: StaticPullSwitch':\n"
            "  required INPUT argument missing\n");
}

TEST(PullSwitch, WhoPullsSleepsUntilTheChosenInputHasPackets) {
  TestGraph graph(
      "a :: Inject -> Queue -> s :: PullSwitch(1) -> u :: Unqueue -> out :: Capture;"
      "b :: Inject -> Queue -> [1] s");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_LT(graph.run(), 100U);
  graph.send("a", {"a"});
  EXPECT_EQ(graph.read("u.scheduled"), "false");  // that input is not the chosen one
  graph.send("b", {"b"});
  EXPECT_EQ(graph.read("u.scheduled"), "true");
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.texts("out"), "b");
  EXPECT_EQ(graph.write("s.switch", "0"), "");
  EXPECT_EQ(graph.read("u.scheduled"), "true");
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.texts("out"), "b|a");
  EXPECT_EQ(graph.write("s.switch", "-1"), "");
  graph.send("a", {"c"});
  EXPECT_EQ(graph.read("u.scheduled"), "false");
}

TEST(InputSwitch, LetsOneInputPass) {
  TestGraph graph("a :: Inject -> s :: InputSwitch(1) -> out :: Capture; b :: Inject -> [1] s");
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {"a"});
  graph.send("b", {"b"});
  EXPECT_EQ(graph.write("s.switch", "0"), "");
  EXPECT_EQ(graph.read("s.config"), "0");
  graph.send("a", {"c"});
  EXPECT_EQ(graph.write("s.switch", "2"), "");
  EXPECT_EQ(graph.read("s.switch"), "-1");
  graph.send("b", {"d"});
  EXPECT_EQ(graph.texts("out"), "b|c");
  EXPECT_EQ(graph.write("s.switch", "x"), "error: 'x' is not an integer");
  EXPECT_EQ(TestGraph("Idle -> s :: InputSwitch(1) -> Discard").problems(),
            "t:1:9: While configuring 's :: InputSwitch':\n  input must be < 1\n");
}

TEST(Bypass, TakesItsDetourWhileActive) {
  TestGraph graph("in :: Inject -> b :: Bypass -> out :: Capture; b [1] -> Strip(1) -> [1] b");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"ab"});
  EXPECT_EQ(graph.write("b.active", "true"), "");
  EXPECT_EQ(graph.read("b.active"), "true");
  graph.send("in", {"cd"});
  EXPECT_EQ(graph.write("b.active", "maybe"), "error: 'maybe' is not a boolean");
  EXPECT_EQ(graph.texts("out"), "ab|d");
}

TEST(Bypass, PullsFromItsDetourWhileActive) {
  TestGraph graph("a :: Inject -> b :: Bypass(true) -> out :: PullCapture; c :: Inject -> [1] b");
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {"a"});
  graph.send("c", {"c"});
  EXPECT_EQ(graph.pull("out", 9), 1U);
  EXPECT_EQ(graph.write("b.active", "false"), "");
  EXPECT_EQ(graph.pull("out", 9), 1U);
  EXPECT_EQ(graph.texts("out"), "c|a");
}

TEST(Bypass, WithoutADetourPassesAllOn) {
  TestGraph graph("in :: Inject -> Bypass(true) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.texts("out"), "a");
}

}  // namespace
}  // namespace superfluid::elements
