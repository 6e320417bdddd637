// SPDX-License-Identifier: Apache-2.0
#include "elements/queue.h"

#include <gtest/gtest.h>

#include "base/text.h"
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

TEST(Queue, WhatItDropsMayGoElsewhere) {
  TestGraph graph("in :: Inject -> q :: Queue(2) -> out :: PullCapture; q [1] -> lost :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b", "c", "d"});
  EXPECT_EQ(graph.texts("lost"), "c|d");
  EXPECT_EQ(graph.write("q.capacity", "1"), "");
  EXPECT_EQ(graph.texts("lost"), "c|d|b");
  EXPECT_EQ(graph.read("q.drops"), "3");
}

// What is dropped at a smaller capacity comes back to the queue while it changes.
TEST(Queue, MayDropIntoItself) {
  TestGraph graph("in :: Inject -> q :: Queue(3) -> out :: PullCapture; q [1] -> q");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b", "c"});
  EXPECT_EQ(graph.write("q.capacity", "1"), "");
  EXPECT_EQ(graph.read("q.length"), "1");
  EXPECT_EQ(graph.held(), 1U);
}

TEST(Queue, TellsTheCapacityThatWasWritten) {
  TestGraph graph("in :: Inject -> q :: Queue(3) -> out :: PullCapture");
  EXPECT_EQ(graph.read("q.config"), "3");
  EXPECT_EQ(graph.write("q.capacity", "5"), "");
  EXPECT_EQ(graph.read("q.config"), "CAPACITY 5");
}

TEST(NotifierQueue, LetsPushersGoOnWhenFull) {
  for (const auto& [queue, sent] :
       {std::pair("Queue", "2"), std::pair("NotifierQueue", "9"), std::pair("SimpleQueue", "9")}) {
    TestGraph graph(
        base::cat("s :: InfiniteSource(LIMIT 9) -> q :: ", queue, "(2) -> PullCapture"));
    ASSERT_EQ(graph.problems(), "");
    EXPECT_LT(graph.run(), 100U);
    EXPECT_EQ(graph.read("s.count"), sent) << queue;
    EXPECT_EQ(graph.read("q.length"), "2");
  }
}

TEST(MixedQueue, TheSecondInputGoesFirst) {
  TestGraph graph(
      "a :: Inject -> q :: MixedQueue(4) -> out :: PullCapture; q [1] -> lost :: Capture;"
      "b :: Inject -> [1] q");
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {"1", "2", "3"});
  graph.send("b", {"x", "y"});  // the last of the others makes room
  graph.send("a", {"4"});
  EXPECT_EQ(graph.texts("lost"), "3|4");
  EXPECT_EQ(graph.pull("out", 9), 4U);
  EXPECT_EQ(graph.texts("out"), "y|x|1|2");
  EXPECT_EQ(graph.read("q.drops"), "2");
}

TEST(FrontDropQueue, DropsItsOldest) {
  TestGraph graph("in :: Inject -> q :: FrontDropQueue(3) -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b", "c", "d"});
  EXPECT_EQ(graph.read("q.drops"), "1");
  EXPECT_EQ(graph.write("q.capacity", "2"), "");
  EXPECT_EQ(graph.pull("out", 1), 1U);
  graph.send("in", {"e", "f"});
  EXPECT_EQ(graph.pull("out", 9), 2U);
  EXPECT_EQ(graph.texts("out"), "c|e|f");
  EXPECT_EQ(graph.read("q.highwater_length"), "3");
}

TEST(MixedQueue, OfCapacityZeroHoldsNothing) {
  for (const std::string_view queue : {"MixedQueue(0)", "FrontDropQueue(0)"}) {
    TestGraph graph(base::cat(queue == "MixedQueue(0)" ? "Idle -> q :: " : "q :: ", queue,
                              " -> out :: PullCapture; in :: Inject -> ",
                              queue == "MixedQueue(0)" ? "[1] q" : "q"));
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"a"});
    EXPECT_EQ(graph.read("q.drops"), "1");
    EXPECT_EQ(graph.held(), 0U);
  }
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
