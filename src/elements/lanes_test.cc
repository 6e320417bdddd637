// SPDX-License-Identifier: Apache-2.0
// Graphs of several lanes (graph/lane.h, graph/crossing.h, graph/placement.h), which here take
// turns in one thread, so that every step is known; hostgraph/lanes_test.cc runs them in several.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

TestGraph graph_on(std::size_t lanes, std::string_view config) {
  return TestGraph(config, {.lanes = lanes});
}

// The numbers of `count` packets, one byte each.
std::vector<Sample> numbered(std::size_t count, std::uint8_t first = 0) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.emplace_back(std::vector<std::uint8_t>{static_cast<std::uint8_t>(first + i)});
  }
  return samples;
}

std::uint64_t number_in(std::string_view text) { return base::parse_u64(text).value_or(~0ULL); }

std::string bytes_of(const std::vector<Sample>& samples) {
  std::string bytes;
  for (const Sample& sample : samples) {
    bytes += sample.text();
  }
  return bytes;
}

TEST(Lanes, PacketsCrossInOrder) {
  TestGraph graph =
      graph_on(2, "in :: Inject -> c :: Counter -> out :: Capture; StaticThreadSched(c 1, out 0)");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("placement"), "in\t0\nc\t1\nout\t0\nStaticThreadSched@4\t0\n");
  graph.send("in", numbered(200));
  EXPECT_EQ(graph.captured("out").size(), 0u);  // nobody had a turn yet
  graph.run();
  EXPECT_EQ(bytes_of(graph.captured("out")), bytes_of(numbered(200)));
  EXPECT_EQ(graph.read("c.count"), "200");
  EXPECT_EQ(graph.held(), 0u);
  EXPECT_EQ(graph.read("crossings"),
            "in [0] -> [0] c\t0 -> 1\t200\t0\nc [0] -> [0] out\t1 -> 0\t200\t0\n");
  EXPECT_EQ(graph.read("threads"), "2");
}

TEST(Lanes, PacketsWhoseBytesAreSharedAreCopied) {
  TestGraph graph(
      "in :: Inject -> t :: Tee; t[0] -> s :: Strip(1) -> a :: Capture;"
      "t[1] -> b :: Capture; StaticThreadSched(s 1)",
      {.lanes = 2, .shared = true});
  ASSERT_EQ(graph.problems(), "");
  Sample sample("abc");
  sample.network = 1;
  sample.notes.paint = 7;
  graph.send("in", {sample});
  graph.run();
  EXPECT_EQ(graph.texts("a"), "bc");
  EXPECT_EQ(graph.captured("a")[0].notes.paint, 7);
  EXPECT_EQ(graph.captured("a")[0].network, 0);
  EXPECT_EQ(graph.texts("b"), "abc");
  EXPECT_EQ(graph.held(), 0u);
}

TEST(Lanes, ASenderThatDoesNotListenLosesWhatDoesNotFit) {
  TestGraph graph = graph_on(2, "in :: Inject -> out :: Capture; StaticThreadSched(out 1)");
  for (int i = 0; i < 20; ++i) {
    graph.send("in", numbered(64));
  }
  EXPECT_EQ(graph.read("crossings"), "in [0] -> [0] out\t0 -> 1\t1024\t256\n");
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 1024u);
  EXPECT_EQ(graph.held(), 0u);
}

TEST(Lanes, ASenderThatListensWaitsForRoomAndForTheQueueBehind) {
  TestGraph graph = graph_on(2,
                             "s :: InfiniteSource(LIMIT 5000) -> c :: Counter -> q :: Queue(128)"
                             "-> out :: PullCapture; StaticThreadSched(out 1)");
  ASSERT_EQ(graph.problems(), "");
  graph.run();
  EXPECT_EQ(graph.read("q.length"), "128");
  const std::string before = graph.read("c.count");
  EXPECT_LT(number_in(before), 1000u);  // asleep: nothing goes on by itself
  EXPECT_LE(graph.run(), 2u);
  EXPECT_EQ(graph.read("c.count"), before);
  while (graph.pull("out", 128) != 0) {
    graph.run();
  }
  EXPECT_EQ(graph.captured("out").size() + number_in(graph.read("q.drops")), 5000u);
  EXPECT_LT(number_in(graph.read("q.drops")), 500u);  // of bursts that found too little room
  EXPECT_EQ(graph.read("crossings"), "c [0] -> [0] q\t0 -> 1\t5000\t0\n");
  EXPECT_EQ(graph.held(), 0u);
}

// The slots of packets that only ever cross one way come home.
TEST(Lanes, PacketsThatNeverComeBackDoNotUseUpThePool) {
  constexpr std::size_t kPackets = 4096;
  TestGraph graph("in :: Inject -> out :: Capture; StaticThreadSched(out 1)",
                  {.packets_max = kPackets, .lanes = 2});
  for (int i = 0; i < 40; ++i) {
    graph.send("in", numbered(512));
    graph.run();
    graph.forget("out");
  }
  EXPECT_EQ(graph.read("crossings"), "in [0] -> [0] out\t0 -> 1\t20480\t0\n");
  EXPECT_EQ(graph.router().pool().refused(), 0u);
}

TEST(Lanes, LargePacketsCross) {
  TestGraph graph = graph_on(2, "in :: Inject -> out :: Capture; StaticThreadSched(out 1)");
  graph.send("in", {std::string(10'000, 'x'), "y"});
  graph.run();
  ASSERT_EQ(graph.captured("out").size(), 2u);
  EXPECT_EQ(graph.captured("out")[0].bytes.size(), 10'000u);
  EXPECT_EQ(graph.held(), 0u);
}

TEST(Lanes, PacketsOnTheirWayAreReleasedWithTheGraph) {
  TestGraph graph = graph_on(2, "in :: Inject -> out :: Capture; StaticThreadSched(out 1)");
  graph.send("in", numbered(30));  // the pools check the rest
}

TEST(Lanes, PacketsOnTheirWayOutliveTheirGraph) {
  TestGraph graph = graph_on(2, "in :: Inject -> out :: Capture; StaticThreadSched(out 1)");
  graph.send("in", numbered(30));
  ASSERT_TRUE(
      graph.replace("in :: Inject -> out :: Capture; c :: Idle -> Discard;"
                    "StaticThreadSched(out 1)"))
      << graph.problems();
  graph.send("in", numbered(2, 30));
  graph.run();
  EXPECT_EQ(bytes_of(graph.captured("out")), bytes_of(numbered(32)));
  graph.send("in", numbered(5));
  ASSERT_TRUE(graph.replace("other :: Inject -> Capture"));  // no crossing any more
  graph.run();
  EXPECT_EQ(graph.held(), 0u);
}

// Packets that it holds belong to its thread's pool.
TEST(Lanes, AnElementThatTakesOverStaysInItsLane) {
  TestGraph graph = graph_on(3,
                             "in :: Inject -> q :: Queue -> out :: PullCapture;"
                             "StaticThreadSched(out 1)");
  graph.send("in", numbered(3));
  graph.run();
  ASSERT_TRUE(
      graph.replace("in :: Inject -> q :: Queue -> out :: PullCapture;"
                    "n :: Idle -> Discard; StaticThreadSched(out 2, n 2)"))
      << graph.problems();
  EXPECT_EQ(graph.read("placement"),
            "in\t0\nq\t1\nout\t1\nn\t2\nDiscard@5\t2\nStaticThreadSched@6\t0\n");
  EXPECT_EQ(graph.pull("out", 9), 3u);
  EXPECT_EQ(graph.held(), 0u);
}

TEST(Lanes, ElementsOfTwoLanesAreNotJoinedWhileTheGraphRuns) {
  TestGraph graph = graph_on(3,
                             "in :: Inject -> q :: Queue -> a :: PullCapture;"
                             "i :: Idle -> Queue -> b :: PullCapture; StaticThreadSched(a 1, b 2)");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_FALSE(
      graph.replace("in :: Inject -> q :: Queue -> a :: PullCapture; q -> b :: PullCapture"));
  EXPECT_NE(graph.problems().find("'b :: PullCapture' runs on thread 2 and cannot move to that of "
                                  "'q :: Queue' while the graph runs"),
            std::string::npos)
      << graph.problems();
}

TEST(Lanes, ElementsThatCallEachOtherStayTogether) {
  TestGraph graph = graph_on(4,
                             "t :: ARPTable; i :: Idle -> q :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1,"
                             "TABLE t) -> Discard; Idle -> [1] q; StaticThreadSched(t 3)");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_NE(graph.read("placement").find("t\t3\n"), std::string::npos);
  EXPECT_NE(graph.read("placement").find("q\t3\n"), std::string::npos);
  EXPECT_NE(graph.read("placement").find("i\t0\n"), std::string::npos);
}

TEST(Lanes, SaysWhatCouldNotBePlaced) {
  TestGraph graph = graph_on(3,
                             "i :: Idle -> q :: Queue; q -> a :: Unqueue -> Discard;"
                             "q -> b :: Unqueue -> Discard; StaticThreadSched(a 1, b 2, i 7)");
  EXPECT_TRUE(graph.built());
  EXPECT_NE(graph.problems().find("thread preference 7 out of range, 3 threads run the graph"),
            std::string::npos);
  EXPECT_NE(graph.problems().find("'b :: Unqueue' runs on thread 1 like 'a :: Unqueue': they pull "
                                  "from, or call, the same elements"),
            std::string::npos)
      << graph.problems();
}

TEST(Lanes, CirclesAcrossLanesAreGuardedToo) {
  TestGraph graph = graph_on(2,
                             "in :: Inject -> n :: Null -> c :: Counter -> p :: Classifier(0/61, -)"
                             "; p[0] -> n; p[1] -> out :: Capture; StaticThreadSched(c 1)");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"b", "c"});
  graph.run();
  EXPECT_EQ(graph.texts("out"), "b|c");
  EXPECT_EQ(graph.held(), 0u);
}

TEST(Lanes, ALaneWithWorkDoesNotFallAsleepAndOneThatSleepsIsToBeWoken) {
  TestGraph graph = graph_on(2, "in :: Inject -> out :: Capture; StaticThreadSched(out 1)");
  graph::Lane& lane = graph.router().lane(1);
  EXPECT_FALSE(lane.must_wake());
  EXPECT_TRUE(lane.fall_asleep());
  EXPECT_TRUE(lane.must_wake());
  EXPECT_FALSE(lane.must_wake());  // once
  graph.send("in", {"a"});
  EXPECT_FALSE(lane.fall_asleep());
  graph.run();
  EXPECT_TRUE(lane.fall_asleep());
}

TEST(Lanes, AStopIsNotMissedByAFirstLaneThatIsAboutToSleep) {
  TestGraph graph = graph_on(2, "i :: Idle -> d :: Discard; StaticThreadSched(d 1)");
  graph.run();
  EXPECT_TRUE(graph.router().fall_asleep(0));
  graph.router().lane(0).awake();
  ASSERT_EQ(graph.write("stop"), "");  // of another lane's thread, after the first one's last look
  EXPECT_FALSE(graph.router().fall_asleep(0));
  EXPECT_TRUE(graph.router().fall_asleep(1));
  graph.run();
  EXPECT_TRUE(graph.router().stopped());
}

TEST(Lanes, AStopFromAnyLaneStopsTheGraph) {
  TestGraph graph = graph_on(2,
                             "s :: InfiniteSource(LIMIT 3, STOP true) -> c :: Counter -> Discard;"
                             "StaticThreadSched(s 1)");
  graph.run();
  EXPECT_TRUE(graph.router().stopped());
  EXPECT_EQ(graph.read("c.count"), "3");
  EXPECT_EQ(graph.read("s.home_thread"), "1");
}

}  // namespace
}  // namespace superfluid::elements
