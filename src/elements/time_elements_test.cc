// SPDX-License-Identifier: Apache-2.0
// AdjustTimestamp, SetTimestampDelta, TimeFilter, TimeSortedSched, DelayShaper, LinkUnqueue,
// TimedSink.
#include <gtest/gtest.h>

#include <limits>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

constexpr base::Duration kMost{std::numeric_limits<std::int64_t>::max()};

Sample at(base::Duration time, std::string_view text = "x") {
  Sample sample(text);
  sample.notes.timestamp = time;
  return sample;
}

std::vector<base::Duration> times(TestGraph& graph, std::string_view capture) {
  std::vector<base::Duration> all;
  for (const Sample& sample : graph.captured(capture)) {
    all.push_back(sample.notes.timestamp);
  }
  return all;
}

using Times = std::vector<base::Duration>;

TEST(AdjustTimestamp, AddsAndTakesAway) {
  TestGraph graph("in :: Inject -> a :: AdjustTimestamp(-1.5) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {at(base::seconds(2)), at(base::Duration())});
  EXPECT_EQ(graph.read("a.time"), "-1.500000");
  EXPECT_EQ(graph.write("a.time", "+0.25"), "");
  graph.send("in", {at(base::seconds(1)), at(kMost)});
  EXPECT_EQ(times(graph, "out"),
            (Times{base::milliseconds(500), base::Duration(), base::milliseconds(1250), kMost}));
  EXPECT_EQ(graph.write("a.time", "soon"),
            "error: 'soon' is not a duration: it must start with a decimal number");
}

TEST(AdjustTimestamp, OfAllPacketsIfAsked) {
  TestGraph graph("in :: Inject -> AdjustTimestamp(-1, ALL true) -> out :: Capture");
  graph.send("in", {at(base::Duration())});
  EXPECT_EQ(times(graph, "out"), Times{base::seconds(-1)});
}

TEST(SetTimestampDelta, CountsFromTheFirst) {
  TestGraph graph("in :: Inject -> d :: SetTimestampDelta -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {at(base::Duration()), at(base::seconds(5)), at(base::seconds(7))});
  EXPECT_EQ(graph.read("d.first"), "5.000000");
  EXPECT_EQ(graph.write("d.reset"), "");
  graph.send("in", {at(base::seconds(9))});
  EXPECT_EQ(times(graph, "out"),
            (Times{base::Duration(), base::Duration(), base::seconds(2), base::Duration()}));
}

TEST(SetTimestampDelta, CountsToNow) {
  TestGraph graph("in :: Inject -> SetTimestampDelta(TYPE NOW) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const base::Duration least(std::numeric_limits<std::int64_t>::min());
  graph.send("in", {at(base::seconds(999'999'990)), at(least)});
  EXPECT_EQ(times(graph, "out"), (Times{base::seconds(10), kMost}));
  EXPECT_EQ(TestGraph("Idle -> d :: SetTimestampDelta(LAST) -> Discard").problems(),
            "t:1:9: While configuring 'd :: SetTimestampDelta':\n  bad TYPE\n");
}

std::string filtered(std::string_view arguments) {
  TestGraph graph(base::cat("in :: Inject -> f :: TimeFilter(", arguments,
                            ") -> a :: Capture; f [1] -> b :: Capture"));
  EXPECT_EQ(graph.problems(), "");
  for (int second = 5; second < 10; ++second) {
    graph.send("in", {at(base::seconds(second), base::cat(second))});
  }
  return base::cat(graph.texts("a"), "/", graph.texts("b"));
}

TEST(TimeFilter, PassesWhatLiesBetween) {
  EXPECT_EQ(filtered(""), "5|6|7|8|9/");
  EXPECT_EQ(filtered("6, 8"), "6|7/5|8|9");
  EXPECT_EQ(filtered("START_AFTER 1, END_AFTER 3"), "6|7/5|8|9");
  EXPECT_EQ(filtered("START_AFTER 1, INTERVAL 2"), "6|7/5|8|9");
  EXPECT_EQ(filtered("START 7, INTERVAL 1"), "7/5|6|8|9");
  EXPECT_EQ(filtered("END_DELAY 1"), "5|6|7|8|9/");
  EXPECT_EQ(filtered("START_DELAY 1"), "/5|6|7|8|9");
}

TEST(TimeFilter, StopsTheGraphAtTheEnd) {
  TestGraph graph("in :: Inject -> TimeFilter(END 6, STOP true) -> out :: Capture");
  graph.send("in", {at(base::seconds(5))});
  EXPECT_FALSE(graph.router().stopped());
  graph.send("in", {at(base::seconds(6))});
  EXPECT_TRUE(graph.router().stopped());
  EXPECT_EQ(graph.held(), 0U);
}

TEST(TimeFilter, ACallMayMoveTheEnd) {
  TestGraph graph(
      "in :: Inject -> f :: TimeFilter(END 6, END_CALL f.end $t) -> a :: Capture;"
      "f [1] -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {at(base::seconds(7), "7")});  // up to itself only
  EXPECT_EQ(graph.read("f.end"), "7.000000");
  EXPECT_EQ(graph.write("f.extend_interval", "1"), "");
  graph.send("in", {at(base::seconds(7), "again")});
  EXPECT_EQ(graph.write("f.start", "2"), "");
  EXPECT_EQ(graph.write("f.interval", "1.5"), "");
  EXPECT_EQ(graph.read("f.start"), "2.000000");
  EXPECT_EQ(graph.read("f.end"), "3.500000");
  EXPECT_EQ(graph.read("f.interval"), "1.500000");
  EXPECT_EQ(graph.texts("a"), "again");
  EXPECT_EQ(graph.texts("b"), "7");
}

TEST(TimeFilter, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> f :: TimeFilter(", arguments, ") -> Discard")).problems();
  };
  EXPECT_EQ(problems("1, START_AFTER 2, 2, INTERVAL 3"),
            "t:1:9: While configuring 'f :: TimeFilter':\n"
            "  START, START_AFTER, and START_DELAY are mutually exclusive\n"
            "t:1:9: While configuring 'f :: TimeFilter':\n"
            "  END, END_AFTER, END_DELAY, and INTERVAL are mutually exclusive\n");
  EXPECT_EQ(problems("STOP true, END_CALL stop"),
            "t:1:9: While configuring 'f :: TimeFilter':\n"
            "  END_CALL and STOP are mutually exclusive\n");
  EXPECT_EQ(problems("END_CALL f.none"),
            "t:1:9: While initializing 'f :: TimeFilter':\n"
            "  no 'none' write handler for element 'f'\n");
}

TEST(TimeSortedSched, MergesByTime) {
  TestGraph graph(
      "a :: Inject -> s :: TimeSortedSched -> out :: PullCapture; b :: Inject -> [1] s");
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {at(base::seconds(1), "1"), at(base::seconds(4), "4"), at(kMost, "end")});
  graph.send("b",
             {at(base::seconds(2), "2"), at(base::seconds(3), "3"), at(base::seconds(4), "b")});
  EXPECT_EQ(graph.pull("out", 4), 4U);
  EXPECT_EQ(graph.pull("out", 9), 2U);
  EXPECT_EQ(graph.texts("out"), "1|2|3|4|b|end");
  EXPECT_EQ(graph.read("s.well_ordered"), "true");
}

TEST(TimeSortedSched, ALargerBufferMendsMore) {
  for (const auto& [buffer, ordered] : {std::pair(1, "false"), std::pair(2, "true")}) {
    TestGraph graph(base::cat("a :: Inject -> s :: TimeSortedSched(BUFFER ", buffer,
                              ") -> out :: PullCapture"));
    ASSERT_EQ(graph.problems(), "");
    graph.send("a", {at(base::seconds(2)), at(base::seconds(1)), at(base::seconds(3))});
    EXPECT_EQ(graph.pull("out", 2), 2U);
    EXPECT_EQ(graph.read("s.well_ordered"), ordered);
  }
}

TEST(TimeSortedSched, WhoPullsSleepsAndIsWoken) {
  TestGraph graph(
      "a :: Inject -> q :: Queue -> s :: TimeSortedSched -> u :: Unqueue -> out :: Capture;"
      "Idle -> [1] s");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.read("u.scheduled"), "false");
  graph.send("a", {at(base::seconds(2), "2"), at(base::seconds(3), "3")});
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.texts("out"), "2|3");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(TimeSortedSched, StopsTheGraphWhenNothingIsLeft) {
  TestGraph graph(
      "InfiniteSource(LIMIT 2) -> s :: TimeSortedSched(STOP true) -> Unqueue -> out :: Capture");
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 2U);
  EXPECT_TRUE(graph.router().stopped());
}

TEST(TimeSortedSched, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("Idle -> s :: TimeSortedSched(BUFFER 0) -> PullCapture").problems(),
            "t:1:9: While configuring 's :: TimeSortedSched':\n  BUFFER must be at least 1\n");
  EXPECT_EQ(TestGraph("Idle -> s :: TimeSortedSched(BUFFER 65537) -> PullCapture").problems(),
            "t:1:9: While configuring 's :: TimeSortedSched':\n"
            "  BUFFER: out of range, maximum 65536\n");
}

TEST(DelayShaper, GivesPacketsAwayWhenTheyAreDue) {
  TestGraph graph("in :: Inject -> Queue -> d :: DelayShaper(1) -> u :: Unqueue -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.run();
  graph.send("in", {"a"});
  EXPECT_LT(graph.run(), 100U);
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(graph.read("u.scheduled"), "false");  // until then
  graph.advance(base::milliseconds(999));
  graph.send("in", {"b"});
  EXPECT_EQ(graph.texts("out"), "");
  graph.advance(base::milliseconds(1));
  EXPECT_EQ(graph.texts("out"), "a");
  EXPECT_EQ(graph.write("d.delay", "2"), "");
  graph.advance(base::seconds(2));
  EXPECT_EQ(graph.texts("out"), "a|b");
  EXPECT_EQ(times(graph, "out")[0], base::seconds(1'000'000'001));
}

TEST(DelayShaper, WaitsForAPacketOfTheEndOfTime) {
  TestGraph graph("in :: Inject -> d :: DelayShaper(1) -> out :: PullCapture");
  graph.send("in", {at(kMost)});
  EXPECT_EQ(graph.pull("out", 1), 0U);
  EXPECT_EQ(graph.held(), 1U);
}

TEST(LinkUnqueue, DelaysByLengthAndBandwidth) {
  TestGraph graph("in :: Inject -> Queue -> l :: LinkUnqueue(10ms, 1000Bps) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  Sample cut("0123456789");
  cut.notes.extra_length = 90;
  graph.send("in", {"0123456789", cut, "x"});
  graph.run();
  EXPECT_EQ(graph.read("l.size"), "1");  // the second finds no room yet
  graph.advance(base::milliseconds(200));
  const base::Duration start = base::seconds(1'000'000'000) + base::milliseconds(10);
  EXPECT_EQ(times(graph, "out"),
            (Times{start + base::milliseconds(10), start + base::milliseconds(110),
                   start + base::milliseconds(111)}));
  EXPECT_EQ(graph.read("l.size"), "0");
  EXPECT_LT(graph.run(), 100U);
}

TEST(LinkUnqueue, IsEmptiedByItsHandlers) {
  TestGraph graph("in :: Inject -> Queue -> l :: LinkUnqueue(10ms, 8kbps) -> out :: Capture");
  for (const auto& [handler, value] : {std::pair("l.reset", ""), std::pair("l.latency", "1"),
                                       std::pair("l.bandwidth", "100Bps")}) {
    graph.send("in", {"a"});
    graph.run();
    EXPECT_EQ(graph.read("l.size"), "1");
    EXPECT_EQ(graph.write(handler, value), "");
    EXPECT_EQ(graph.read("l.size"), "0");
  }
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.read("l.latency"), "1s");
  EXPECT_EQ(graph.write("l.bandwidth", "99Bps"), "error: bandwidth too small, minimum 100Bps");
  EXPECT_EQ(TestGraph("Idle -> l :: LinkUnqueue(1, 99Bps) -> Discard").problems(),
            "t:1:9: While configuring 'l :: LinkUnqueue':\n"
            "  bandwidth too small, minimum 100Bps\n");
}

TEST(LinkUnqueue, ReleasesWhatIsOnTheLine) {
  TestGraph graph("in :: Inject -> Queue -> LinkUnqueue(1, 100Bps) -> out :: Capture");
  graph.send("in", {"a"});
  graph.run();
  EXPECT_EQ(graph.held(), 1U);
}

TEST(TimedSink, DropsOneAtATime) {
  TestGraph graph("in :: Inject -> q :: Queue -> s :: TimedSink(10ms)");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b", "c"});
  graph.advance(base::milliseconds(20));
  EXPECT_EQ(graph.read("q.length"), "1");
  EXPECT_EQ(graph.write("s.interval", "1ms"), "");
  EXPECT_EQ(graph.read("s.interval"), "1ms");
  EXPECT_EQ(graph.write("s.interval", "0"), "error: bad interval");
  graph.advance(base::milliseconds(11));
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(TestGraph("Idle -> s :: TimedSink(0)").problems(),
            "t:1:9: While configuring 's :: TimedSink':\n  bad interval\n");
}

}  // namespace
}  // namespace superfluid::elements
