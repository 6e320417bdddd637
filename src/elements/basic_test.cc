// SPDX-License-Identifier: Apache-2.0
// The elements that every graph begins and ends with: InfiniteSource, Null, Unqueue, Discard, Idle.
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

TEST(InfiniteSource, SendsItsPacketUpToItsLimit) {
  TestGraph graph("s :: InfiniteSource(\"ab c\", 3) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_LT(graph.run(), 100U);  // and sleeps
  EXPECT_EQ(graph.texts("out"), "ab c|ab c|ab c");
  EXPECT_EQ(graph.read("s.count"), "3");
  EXPECT_FALSE(graph.router().stopped());
}

// Graphs that leave the data out count on its length, which is Click's.
TEST(InfiniteSource, AndItsKindSendSixtyNineBytesUnlessToldOtherwise) {
  for (const std::string_view source :
       {"InfiniteSource(LIMIT 1)", "RatedSource(LIMIT 1)", "TimedSource(0.1, LIMIT 1)"}) {
    TestGraph graph(base::cat(source, " -> out :: Capture"));
    graph.advance(base::milliseconds(500));
    ASSERT_EQ(graph.captured("out").size(), 1U) << source;
    EXPECT_EQ(graph.captured("out")[0].text().size(), 69U) << source;
  }
}

TEST(InfiniteSource, CutsAndPadsToALength) {
  TestGraph graph(
      "InfiniteSource(abc, 1, LENGTH 2) -> out :: Capture;"
      "InfiniteSource(abc, 1, LENGTH 5) -> [1] out");
  graph.run();
  ASSERT_EQ(graph.captured("out").size(), 2U);
  EXPECT_EQ(graph.captured("out")[0].text(), "ab");
  EXPECT_EQ(graph.captured("out")[1].text(), std::string_view("abc\0\0", 5));
}

TEST(InfiniteSource, StampsUnlessToldNotTo) {
  TestGraph graph(
      "InfiniteSource(LIMIT 1) -> out :: Capture;"
      "InfiniteSource(LIMIT 1, TIMESTAMP false) -> [1] out",
      {.epoch = base::seconds(77)});
  graph.run();
  EXPECT_EQ(graph.captured("out")[0].notes.timestamp, base::seconds(77));
  EXPECT_EQ(graph.captured("out")[1].notes.timestamp, base::Duration());
}

TEST(InfiniteSource, StopsTheGraphAfterItsLast) {
  TestGraph graph("InfiniteSource(LIMIT 2, STOP true) -> out :: Capture");
  graph.run();
  EXPECT_TRUE(graph.router().stopped());
  EXPECT_EQ(graph.captured("out").size(), 2U);
}

TEST(InfiniteSource, GivesWhatIsPulled) {
  TestGraph graph("s :: InfiniteSource(x, 5) -> out :: PullCapture");
  EXPECT_EQ(graph.pull("out", 3), 3U);
  EXPECT_EQ(graph.pull("out", 9), 2U);
  EXPECT_EQ(graph.pull("out", 9), 0U);
  EXPECT_EQ(graph.write("s.reset"), "");
  EXPECT_EQ(graph.pull("out", 1), 1U);
}

TEST(InfiniteSource, IsToldByHandlers) {
  TestGraph graph("s :: InfiniteSource(a, ACTIVE false, LIMIT 1) -> out :: Capture");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(graph.write("s.active", "true"), "");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "a");
  EXPECT_EQ(graph.write("s.data", "b"), "");
  EXPECT_EQ(graph.write("s.limit", "2"), "");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "a|b");
  EXPECT_EQ(graph.read("s.active"), "true");
  EXPECT_EQ(graph.read("s.limit"), "2");
  EXPECT_EQ(graph.read("s.data"), "b");
  EXPECT_EQ(graph.write("s.data", std::string(70'000, 'x')), "error: out of range, maximum 65791");
  EXPECT_EQ(graph.write("s.limit", "many"), "error: 'many' is not an integer");
}

TEST(InfiniteSource, CallsAfterItsLast) {
  TestGraph graph("s :: InfiniteSource(abc, 2, END_CALL s.length 1) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "abc|abc");
  EXPECT_EQ(graph.read("s.length"), "1");
  EXPECT_EQ(TestGraph("s :: InfiniteSource(END_CALL stop, STOP true) -> Discard").problems(),
            "t:1:1: While configuring 's :: InfiniteSource':\n"
            "  'END_CALL' and 'STOP' are mutually exclusive\n");
  EXPECT_EQ(TestGraph("s :: InfiniteSource(END_CALL gone.x) -> Discard").problems(),
            "t:1:1: While initializing 's :: InfiniteSource':\n  no element named 'gone'\n");
}

TEST(InfiniteSource, TakesItsBurstAndLengthFromHandlers) {
  TestGraph graph("s :: InfiniteSource(abc, 6, ACTIVE false) -> out :: Capture");
  EXPECT_EQ(graph.write("s.burst", "3"), "");
  EXPECT_EQ(graph.read("s.burst"), "3");
  EXPECT_EQ(graph.write("s.burst", "0"), "error: out of range, minimum 1");
  EXPECT_EQ(graph.write("s.length", "2"), "");
  EXPECT_EQ(graph.write("s.length", "70000"), "error: out of range, maximum 65791");
  EXPECT_EQ(graph.write("s.active", "true"), "");
  graph.run(1);
  EXPECT_EQ(graph.texts("out"), "ab|ab|ab|ab|ab|ab");
}

TEST(TaskHandlers, TellAndSetHowATaskRuns) {
  TestGraph graph("in :: Inject -> Queue -> u :: Unqueue -> out :: Capture");
  EXPECT_EQ(graph.read("u.scheduled"), "true");
  graph.run();
  EXPECT_EQ(graph.read("u.scheduled"), "false");
  EXPECT_EQ(graph.read("u.tickets"), "1024");
  EXPECT_EQ(graph.write("u.tickets", "7"), "");
  EXPECT_EQ(graph.read("u.tickets"), "7");
  EXPECT_EQ(graph.write("u.tickets", "many"), "error: 'many' is not an integer");
}

TEST(InfiniteSource, GoesOnWhenThePoolHasPacketsAgain) {
  TestGraph graph("InfiniteSource(a, 6) -> Queue(10) -> out :: PullCapture", {.packets_max = 4});
  graph.run(3);
  EXPECT_EQ(graph.held(), 4U);
  EXPECT_GT(graph.router().pool().refused(), 0U);
  EXPECT_EQ(graph.pull("out", 10), 4U);
  graph.run(3);
  EXPECT_EQ(graph.pull("out", 10), 2U);
}

TEST(InfiniteSource, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    const TestGraph graph(base::cat("s :: InfiniteSource(", arguments, ") -> Discard"));
    return graph.problems();
  };
  const std::string where = "t:1:1: While configuring 's :: InfiniteSource':\n  ";
  EXPECT_EQ(problems("BURST 0"), where + "BURST: out of range, minimum 1\n");
  EXPECT_EQ(problems("LENGTH 65792"), where + "LENGTH: out of range, maximum 65791\n");
  EXPECT_EQ(problems("a, 1, 1, true, more"), where + "too many arguments\n");
  EXPECT_EQ(problems("a b"), where + "a: unknown argument\n");
}

TEST(Null, PassesPushedAndPulledPackets) {
  TestGraph graph(
      "in :: Inject -> Null -> out :: Capture;"
      "from :: Inject -> Null -> to :: PullCapture");
  graph.send("in", {"a", "b"});
  EXPECT_EQ(graph.texts("out"), "a|b");
  graph.send("from", {"c", "d"});
  graph.pull("to", 1);
  EXPECT_EQ(graph.texts("to"), "c");
  EXPECT_EQ(graph.held(), 1U);
}

TEST(Unqueue, MovesWhatThereIsAndSleeps) {
  TestGraph graph("in :: Inject -> Queue -> u :: Unqueue -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_LT(graph.run(), 100U);
  graph.send("in", {"a", "b", "c"});
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.texts("out"), "a|b|c");
  EXPECT_EQ(graph.read("u.count"), "3");
}

TEST(Unqueue, ObeysBurstLimitAndActive) {
  TestGraph graph(
      "in :: Inject -> Queue -> u :: Unqueue(2, ACTIVE false, LIMIT 3) -> "
      "out :: Capture");
  graph.send("in", {"a", "b", "c", "d"});
  graph.run();
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(graph.write("u.active", "true"), "");
  graph.router().schedule().run_round(1);
  EXPECT_EQ(graph.texts("out"), "a|b");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "a|b|c");
  EXPECT_EQ(graph.write("u.reset"), "");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "a|b|c|d");
}

TEST(Unqueue, RestsWhileWhatIsBehindIsFull) {
  TestGraph graph("in :: Inject -> Queue -> Unqueue -> q :: Queue(2) -> out :: PullCapture");
  graph.send("in", {"a", "b", "c", "d"});
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.read("q.length"), "2");
  EXPECT_EQ(graph.read("q.drops"), "0");
  EXPECT_EQ(graph.pull("out", 2), 2U);
  graph.run();
  EXPECT_EQ(graph.pull("out", 9), 2U);
  EXPECT_EQ(graph.texts("out"), "a|b|c|d");
}

TEST(Unqueue, ATurnHasAnEndWhateverItsBurst) {
  TestGraph graph(
      "InfiniteSource -> u :: Unqueue(-1) -> d :: Discard;"
      "InfiniteSource(BURST 4000000000, ACTIVE true) -> e :: Discard");
  ASSERT_EQ(graph.problems(), "");
  graph.router().schedule().run_round(2);
  EXPECT_EQ(graph.read("d.count"), "4096");
  EXPECT_EQ(graph.read("e.count"), "4096");
}

TEST(Discard, CountsWhatItGets) {
  TestGraph graph("in :: Inject -> d :: Discard");
  graph.send("in", {"a", "b"});
  EXPECT_EQ(graph.read("d.count"), "2");
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.write("d.reset_counts"), "");
  EXPECT_EQ(graph.read("d.count"), "0");
}

TEST(Discard, PullsUntilThereIsNothingUnlessInactive) {
  TestGraph graph("in :: Inject -> q :: Queue -> d :: Discard(BURST 2, ACTIVE false)");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b", "c"});
  graph.run();
  EXPECT_EQ(graph.read("d.count"), "0");
  EXPECT_EQ(graph.write("d.active", "true"), "");
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.read("d.count"), "3");
  EXPECT_EQ(TestGraph("Idle -> d :: Discard(BURST 0)").problems(),
            "t:1:9: While configuring 'd :: Discard':\n  BURST: out of range, minimum 1\n");
}

TEST(Idle, GivesNothingAndKeepsNothing) {
  TestGraph graph("in :: Inject -> i :: Idle; i -> out :: PullCapture; i [1] -> to :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.pull("out", 1), 0U);
}

TEST(Idle, LetsItsNeighboursSleep) {
  EXPECT_LT(TestGraph("Idle -> Queue -> Discard").run(), 100U);
  EXPECT_LT(TestGraph("Idle -> Unqueue -> Discard").run(), 100U);
  EXPECT_LT(TestGraph("InfiniteSource -> Idle").run(), 100U);
  EXPECT_LT(TestGraph("InfiniteSource -> Queue -> Idle").run(), 100U);
}

}  // namespace
}  // namespace superfluid::elements
