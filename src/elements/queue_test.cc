// SPDX-License-Identifier: Apache-2.0
#include "elements/queue.h"

#include <gtest/gtest.h>

#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

TEST(Queue, KeepsOrderAndDropsWhatDoesNotFit) {
  TestGraph graph("in :: Inject -> q :: Queue(3) -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b", "c", "d", "e"});
  EXPECT_EQ(graph.read("q.length"), "3");
  EXPECT_EQ(graph.read("q.drops"), "2");
  EXPECT_EQ(graph.held(), 3U);
  EXPECT_EQ(graph.pull("out", 2), 2U);
  graph.send("in", {"f"});
  EXPECT_EQ(graph.pull("out", 9), 2U);
  EXPECT_EQ(graph.texts("out"), "a|b|c|f");
  EXPECT_EQ(graph.read("q.highwater_length"), "3");
}

TEST(Queue, ASmallerCapacityDropsTheNewest) {
  TestGraph graph("in :: Inject -> q :: Queue(4) -> out :: PullCapture");
  graph.send("in", {"a", "b", "c", "d"});
  EXPECT_EQ(graph.write("q.capacity", "2"), "");
  EXPECT_EQ(graph.read("q.drops"), "2");
  EXPECT_EQ(graph.held(), 2U);
  EXPECT_EQ(graph.write("q.capacity", "9000000"), "error: out of range, maximum 1048576");
  EXPECT_EQ(graph.write("q.capacity", "x"), "error: 'x' is not an integer");
  EXPECT_EQ(graph.read("q.capacity"), "2");
  graph.pull("out", 9);
  EXPECT_EQ(graph.texts("out"), "a|b");
}

TEST(Queue, ResetsItsCountsAndItsPackets) {
  TestGraph graph("in :: Inject -> q :: Queue(1) -> out :: PullCapture");
  graph.send("in", {"a", "b"});
  EXPECT_EQ(graph.write("q.reset_counts"), "");
  EXPECT_EQ(graph.read("q.drops"), "0");
  EXPECT_EQ(graph.read("q.highwater_length"), "1");
  EXPECT_EQ(graph.write("q.reset"), "");
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.pull("out", 1), 0U);
}

TEST(Queue, GoesQuietlyWhenThoseWhoWaitForItAreGone) {
  // Elements go in reverse order: the source first, while the queue is full and it listens.
  TestGraph graph("q :: Queue(1) -> PullCapture; InfiniteSource -> q");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.read("q.length"), "1");
}

TEST(Queue, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("Idle -> Queue(1, 2) -> PullCapture").problems(),
            "t:1:9: While configuring 'Queue@2 :: Queue':\n  too many arguments\n");
  EXPECT_EQ(TestGraph("Idle -> Queue(2000000) -> PullCapture").problems(),
            "t:1:9: While configuring 'Queue@2 :: Queue':\n"
            "  CAPACITY: out of range, maximum 1048576\n");
}

}  // namespace
}  // namespace superfluid::elements
