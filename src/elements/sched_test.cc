// SPDX-License-Identifier: Apache-2.0
// RoundRobinSched, PrioSched, DRRSched, StrideSched.
#include "elements/sched.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

std::string three_to(std::string_view element) {
  return base::cat("a :: Inject -> qa :: Queue -> [0] s :: ", element,
                   " -> out :: PullCapture; b :: Inject -> qb :: Queue -> [1] s; c :: Inject -> qc "
                   ":: Queue -> [2] s");
}

TEST(RoundRobinSched, TakesTurns) {
  TestGraph graph(three_to("RoundRobinSched"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {"a1", "a2", "a3"});
  graph.send("c", {"c1", "c2"});
  EXPECT_EQ(graph.pull("out", 2), 2U);
  graph.send("b", {"b1"});
  EXPECT_EQ(graph.pull("out", 9), 4U);
  EXPECT_EQ(graph.texts("out"), "a1|c1|a2|b1|c2|a3");
}

TEST(PrioSched, TakesTheFirst) {
  TestGraph graph(three_to("PrioSched"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("c", {"c1"});
  graph.send("b", {"b1", "b2"});
  EXPECT_EQ(graph.pull("out", 1), 1U);
  graph.send("a", {"a1"});
  EXPECT_EQ(graph.pull("out", 9), 3U);
  EXPECT_EQ(graph.texts("out"), "b1|a1|b2|c1");
}

TEST(Sched, WithoutInputsHasNothing) {
  for (const std::string_view element : {"RoundRobinSched", "PrioSched", "DRRSched"}) {
    TestGraph graph(base::cat(element, " -> out :: PullCapture"));
    ASSERT_EQ(graph.problems(), "");
    EXPECT_EQ(graph.pull("out", 9), 0U);
  }
}

TEST(DRRSched, SharesBytes) {
  TestGraph graph(three_to("DRRSched(100)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", std::vector<Sample>(100, Sample(std::string(300, 'a'))));
  graph.send("b", std::vector<Sample>(500, Sample(std::string(50, 'b'))));
  EXPECT_EQ(graph.pull("out", 140), 140U);
  std::size_t bytes[2] = {};
  for (const Sample& sample : graph.captured("out")) {
    bytes[sample.bytes[0] == 'b'] += sample.bytes.size();
  }
  EXPECT_EQ(bytes[0], 6000U);
  EXPECT_EQ(bytes[1], 6000U);
}

// The packet that it holds must come out though the queue it came from is empty.
TEST(DRRSched, GivesAllThatItHolds) {
  TestGraph graph(three_to("DRRSched(1)"));
  graph.send("a", {std::string(1000, 'a')});
  graph.send("b", {"b"});
  EXPECT_EQ(graph.pull("out", 1), 1U);
  EXPECT_EQ(graph.captured("out")[0].text(), "b");
  EXPECT_EQ(graph.pull("out", 1), 1U);
  EXPECT_EQ(graph.pull("out", 1), 0U);
  EXPECT_EQ(graph.held(), 0U);
}

TEST(DRRSched, HasNoPacketLeftBehind) {
  TestGraph graph(three_to("DRRSched(1)"));
  graph.send("a", {std::string(1000, 'a')});
  graph.send("b", {"b"});
  graph.pull("out", 1);
  EXPECT_EQ(graph.held(), 1U);  // released with its element
  EXPECT_EQ(TestGraph("Idle -> s :: DRRSched(0) -> Discard").problems(),
            "t:1:9: While configuring 's :: DRRSched':\n  bad QUANTUM\n");
}

TEST(StrideSched, SharesByTickets) {
  TestGraph graph(three_to("StrideSched(4, 2, 1)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", std::vector<Sample>(10, Sample("1")));
  graph.send("b", std::vector<Sample>(10, Sample("2")));
  graph.send("c", std::vector<Sample>(10, Sample("3")));
  EXPECT_EQ(graph.pull("out", 99), 30U);
  std::string order;
  for (const Sample& sample : graph.captured("out")) {
    order += sample.text();
  }
  EXPECT_EQ(order, "112112311211231122322322333333");
  EXPECT_EQ(graph.read("s.config"), "4, 2, 1");
}

TEST(StrideSched, ChangesTickets) {
  TestGraph graph(three_to("StrideSched(1, 0, 0)"));
  graph.send("a", {"1", "1", "1"});
  graph.send("b", {"2", "2", "2"});
  EXPECT_EQ(graph.pull("out", 2), 2U);
  EXPECT_EQ(graph.write("s.tickets0", "0"), "");
  EXPECT_EQ(graph.pull("out", 1), 0U);
  EXPECT_EQ(graph.write("s.tickets1", "99999"), "");
  EXPECT_EQ(graph.read("s.tickets1"), "32768");
  EXPECT_EQ(graph.pull("out", 9), 3U);
  EXPECT_EQ(graph.texts("out"), "1|1|2|2|2");
  EXPECT_EQ(graph.write("s.tickets0", "-1"), "error: number of tickets must be >= 0");
  EXPECT_EQ(graph.write("s.tickets0", "x"), "error: tickets value must be integer");
}

TEST(StrideSched, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> s :: StrideSched(", arguments, ") -> Discard")).problems();
  };
  const std::string where = "t:1:9: While configuring 's :: StrideSched':\n  ";
  EXPECT_EQ(problems(""), where + "need 1 arguments, one per input port\n");
  EXPECT_EQ(problems("x"), where + "argument 0 should be number of tickets (integer)\n");
  EXPECT_EQ(problems("-1"), where + "argument 0 (number of tickets) must be >= 0\n");
  EXPECT_EQ(problems("40000"), where + "input 0's tickets reduced to 32768\n");
}

}  // namespace
}  // namespace superfluid::elements
