// SPDX-License-Identifier: Apache-2.0
// What limits and measures rates: TokenBucket, Pacer, and RatedSource, TimedSource, RatedUnqueue,
// DelayUnqueue, Shaper, Meter with their bandwidth twins.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "elements/pacer.h"
#include "elements/testing.h"
#include "elements/token_bucket.h"
#include "elements/traffic_rate.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

base::Instant at_ms(std::int64_t ms) { return base::Instant(base::milliseconds(ms)); }

TEST(TokenBucket, IsFullFirstAndThenRefilled) {
  TokenBucket bucket;
  bucket.set_rate(1000, 20);
  bucket.refill(at_ms(1));
  EXPECT_EQ(bucket.tokens(), 20U);
  EXPECT_FALSE(bucket.contains(21));
  EXPECT_EQ(bucket.until(21), std::nullopt);
  bucket.remove(19);
  EXPECT_EQ(bucket.tokens(), 1U);
  bucket.remove(5);
  EXPECT_EQ(bucket.tokens(), 0U);
  EXPECT_EQ(bucket.until(3), base::milliseconds(3));
  bucket.refill(at_ms(4));
  EXPECT_TRUE(bucket.contains(3));
  EXPECT_EQ(bucket.until(3), base::Duration());
  bucket.refill(at_ms(2));  // back in time
  EXPECT_EQ(bucket.tokens(), 3U);
}

TEST(TokenBucket, OfRateZeroIsNeverRefilled) {
  TokenBucket bucket;
  bucket.set_rate(0, 1);
  bucket.remove(1);
  bucket.refill(at_ms(1'000'000'000));
  EXPECT_FALSE(bucket.contains(1));
  EXPECT_EQ(bucket.until(1), std::nullopt);
}

// Never more than the capacity and what the time brought; and until() keeps its promise.
RC_GTEST_PROP(TokenBucketProperty, GivesNoMoreThanItsRate, ()) {
  const auto rate = *rc::gen::arbitrary<std::uint32_t>();
  const auto capacity = *rc::gen::inRange<std::uint32_t>(1, 1'000'000);
  TokenBucket bucket;
  bucket.set_rate(rate, capacity);
  const std::uint64_t whole = std::max<std::uint64_t>(capacity, (std::uint64_t{rate} + 999) / 1000);
  std::int64_t now = 1;
  std::uint64_t taken = 0;
  bucket.refill(at_ms(now));
  for (const auto step :
       *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::inRange<std::uint16_t>(0, 2000))) {
    now += step;
    bucket.refill(at_ms(now));
    const std::uint32_t tokens = bucket.tokens();
    taken += tokens;
    bucket.remove(tokens);
    // A token is a whole number of parts, so that one or a thousandth more may fit in.
    RC_ASSERT(taken * 1000 <= (whole + whole / 1000 + 1) * 1000 +
                                  std::uint64_t{rate} * static_cast<std::uint64_t>(now));
    const auto wait = bucket.until(1);
    if (wait) {
      now += wait->count() / TokenBucket::kTick.count();
      bucket.refill(at_ms(now));
      RC_ASSERT(bucket.contains(1));
    } else {
      RC_ASSERT(rate == 0U);
    }
  }
}

TEST(Pacer, LetsGoEvenly) {
  Pacer pacer;
  pacer.set_rate(10);
  std::string when;
  for (std::int64_t ms = 5000; ms < 7000; ms += 10) {
    if (pacer.allowance(at_ms(ms)) > 0) {
      pacer.take(1);
      when += base::cat(ms, " ");
    }
  }
  EXPECT_EQ(when,
            "5000 5100 5200 5300 5400 5500 5600 5700 5800 5900 "
            "6000 6100 6200 6300 6400 6500 6600 6700 6800 6900 ");
}

TEST(Pacer, PaysDebtsAndKeepsLittleCredit) {
  Pacer pacer;
  pacer.set_rate(100);
  EXPECT_EQ(pacer.allowance(at_ms(0)), 1);
  pacer.take(250);
  EXPECT_LE(pacer.allowance(at_ms(2490)), 0);
  EXPECT_EQ(pacer.allowance(at_ms(2500)), 1);
  EXPECT_LE(pacer.allowance(at_ms(100'000)), 200);
  pacer.reset();
  EXPECT_EQ(pacer.allowance(at_ms(100'500)), 1);
  pacer.set_rate(0);
  EXPECT_EQ(pacer.allowance(at_ms(200'000)), 0);
}

TEST(TrafficRate, PrintsBandwidthsWithTheUnitThatSuits) {
  const auto shown = [](std::uint32_t bytes) {
    return show(TrafficRate{TrafficUnit::kBytes, bytes});
  };
  EXPECT_EQ(shown(0), "0kbps");
  EXPECT_EQ(shown(200), "1.6kbps");
  EXPECT_EQ(shown(125'000), "1Mbps");
  EXPECT_EQ(shown(1'250'000'00), "1Gbps");
  EXPECT_EQ(shown(0x20000000), "536.870912MBps");
  EXPECT_EQ(shown(0xffffffff), "4294.967295MBps");
}

TEST(RatedSource, PushesAtItsRate) {
  TestGraph graph("s :: RatedSource(\"ab\", 100) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "ab|ab");  // a full bucket
  graph.forget("out");
  graph.advance(base::milliseconds(1001));
  ASSERT_EQ(graph.captured("out").size(), 100U);
  EXPECT_EQ(graph.captured("out")[0].notes.timestamp,
            base::seconds(1'000'000'000) + base::milliseconds(11));
  EXPECT_EQ(graph.write("s.active", "false"), "");
  graph.forget("out");
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(graph.write("s.rate", "1000"), "");
  EXPECT_EQ(graph.write("s.active", "true"), "");
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 10U);
}

TEST(RatedSource, StopsAtItsLimit) {
  TestGraph graph("s :: RatedSource(x, 1000, 5, LENGTH 3, STOP true) -> out :: Capture");
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.texts("out"), "xxx|xxx|xxx|xxx|xxx");
  EXPECT_TRUE(graph.router().stopped());
  EXPECT_EQ(graph.read("s.count"), "5");
}

TEST(RatedSource, GivesWhatIsPulledAtItsRate) {
  TestGraph graph("s :: RatedSource(abc, 300, LENGTH 2) -> out :: PullCapture");
  EXPECT_EQ(graph.pull("out", 10), 3U);
  EXPECT_EQ(graph.pull("out", 10), 0U);
  graph.advance(base::milliseconds(10));
  EXPECT_EQ(graph.write("s.length", "5"), "");
  EXPECT_EQ(graph.pull("out", 2), 2U);
  EXPECT_EQ(graph.texts("out"), "ab|ab|ab|abcab|abcab");
  EXPECT_EQ(graph.write("s.length", "65792"), "error: out of range, maximum 65791");
  EXPECT_EQ(graph.read("s.length"), "5");
}

TEST(RatedSource, DividesABandwidth) {
  TestGraph graph("s :: RatedSource(LENGTH 100, BANDWIDTH 80kbps) -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("s.rate"), "100");
  EXPECT_EQ(TestGraph("s :: RatedSource(LENGTH 0, BANDWIDTH 1kbps) -> Discard").problems(),
            "t:1:1: While configuring 's :: RatedSource':\n"
            "  BANDWIDTH: packets without bytes have none\n");
  EXPECT_EQ(TestGraph("s :: RatedSource(LENGTH 99999999) -> Discard").problems(),
            "t:1:1: While configuring 's :: RatedSource':\n"
            "  LENGTH: out of range, maximum 65791\n");
}

TEST(TimedSource, PushesEveryInterval) {
  TestGraph graph("s :: TimedSource(0.1, hi, LIMIT 3, STOP true) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::milliseconds(99));
  EXPECT_EQ(graph.texts("out"), "");
  graph.advance(base::milliseconds(1));
  EXPECT_EQ(graph.texts("out"), "hi");
  graph.advance(base::milliseconds(299));
  EXPECT_EQ(graph.texts("out"), "hi|hi|hi");
  EXPECT_FALSE(graph.router().stopped());
  graph.advance(base::milliseconds(1));
  EXPECT_TRUE(graph.router().stopped());
}

TEST(TimedSource, IsToldByHandlers) {
  TestGraph graph("s :: TimedSource(1, a, ACTIVE false) -> out :: Capture");
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(graph.read("s.interval"), "1s");
  EXPECT_EQ(graph.write("s.interval", "0.5"), "");
  EXPECT_EQ(graph.write("s.interval", "0"), "error: bad interval");
  EXPECT_EQ(graph.write("s.data", "b"), "");
  EXPECT_EQ(graph.write("s.active", "true"), "");
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.texts("out"), "b|b|b");
  EXPECT_EQ(graph.read("s.count"), "3");
  EXPECT_EQ(TestGraph("s :: TimedSource(0) -> Discard").problems(),
            "t:1:1: While configuring 's :: TimedSource':\n  bad interval\n");
}

// As many packets as come out in ten seconds.
std::string moved(std::string_view source, std::string_view unqueue) {
  TestGraph graph(
      base::cat(source, " -> Queue(10) -> u :: ", unqueue, " -> c :: Counter -> Discard"));
  EXPECT_EQ(graph.problems(), "");
  graph.advance(base::nanoseconds(9'999'999'999), 10);
  return graph.read("c.count");
}

TEST(RatedUnqueue, MovesPacketsAtItsRate) {
  constexpr std::string_view kSource = "InfiniteSource";
  EXPECT_EQ(moved(kSource, "RatedUnqueue(2)"), "20");
  EXPECT_EQ(moved(kSource, "RatedUnqueue(RATE 2, BURST_SIZE 50)"), "69");
  EXPECT_EQ(moved(kSource, "RatedUnqueue(2, BURST_DURATION 25)"), "69");
  EXPECT_EQ(moved(kSource, "RatedUnqueue(0)"), "1");
  // A bucket of one token has no place for the rest of a tick.
  EXPECT_EQ(moved(kSource, "RatedUnqueue(100, BURST_SIZE 1)"), "910");
  EXPECT_EQ(moved(kSource, "RatedUnqueue(100, BURST_SIZE 2)"), "1001");
}

TEST(BandwidthRatedUnqueue, MovesBytesAtItsRate) {
  constexpr std::string_view kSource = "InfiniteSource(LENGTH 100)";
  EXPECT_EQ(moved(kSource, "BandwidthRatedUnqueue(200Bps)"), "21");
  EXPECT_EQ(moved(kSource, "BandwidthRatedUnqueue(200Bps, BURST_BYTES 5000)"), "71");
  EXPECT_EQ(moved(kSource, "BandwidthRatedUnqueue(1.6kbps, BURST_DURATION 25)"), "71");
  EXPECT_EQ(moved(kSource, "BandwidthRatedUnqueue(10000Bps, BURST_BYTES 100)"), "1001");
}

TEST(RatedUnqueue, SleepsWhileThereIsNothing) {
  TestGraph graph("in :: Inject -> Queue -> u :: RatedUnqueue(10) -> out :: Capture");
  graph.run();
  EXPECT_TRUE(graph.router().schedule().idle());
  graph.send("in", {"a", "b"});
  graph.run();
  EXPECT_EQ(graph.texts("out"), "a");
  EXPECT_TRUE(graph.router().schedule().idle());
  graph.advance(base::milliseconds(101));
  EXPECT_EQ(graph.texts("out"), "a|b");
  EXPECT_EQ(graph.write("u.active", "false"), "");
  graph.send("in", {"c"});
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.texts("out"), "a|b");
  EXPECT_EQ(graph.write("u.rate", "20"), "");
  EXPECT_EQ(graph.write("u.active", "true"), "");
  graph.run();
  EXPECT_EQ(graph.texts("out"), "a|b|c");
  EXPECT_EQ(graph.read("u.config"), "20");
}

TEST(RatedUnqueue, RefusesWrongArguments) {
  const auto problems = [](std::string_view element) {
    return TestGraph(base::cat("Idle -> u :: ", element, " -> Discard")).problems();
  };
  const std::string where = "t:1:9: While configuring 'u :: RatedUnqueue':\n  ";
  EXPECT_EQ(problems("RatedUnqueue"), where + "required RATE argument missing\n");
  EXPECT_EQ(problems("RatedUnqueue(-1)"), where + "RATE: out of range, minimum 0\n");
  EXPECT_EQ(problems("RatedUnqueue(1, BURST_SIZE 1, BURST_DURATION 1s)"),
            where + "cannot specify both BURST_DURATION and BURST_SIZE\n");
  EXPECT_EQ(problems("BandwidthRatedUnqueue(40Gbps)"),
            "t:1:9: While configuring 'u :: BandwidthRatedUnqueue':\n  RATE: out of range\n");
}

TEST(DelayUnqueue, HoldsEachPacketForItsTime) {
  TestGraph graph("in :: Inject -> Queue -> d :: DelayUnqueue(0.1) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "b"});
  graph.advance(base::milliseconds(99));
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_TRUE(graph.router().schedule().idle());
  graph.advance(base::milliseconds(1));
  EXPECT_EQ(graph.texts("out"), "a");  // b was pulled only then
  graph.advance(base::milliseconds(100));
  EXPECT_EQ(graph.texts("out"), "a|b");
  EXPECT_EQ(graph.captured("out")[0].notes.timestamp,
            base::seconds(1'000'000'000) + base::milliseconds(100));
  EXPECT_EQ(graph.read("d.delay"), "100ms");
}

TEST(DelayUnqueue, CountsFromTheTimestamp) {
  TestGraph graph("in :: Inject -> Queue -> DelayUnqueue(1s) -> out :: Capture");
  std::vector<Sample> samples = {"old", "due", "future"};
  samples[0].notes.timestamp = base::seconds(999'999'000);
  samples[1].notes.timestamp = base::seconds(999'999'999);
  samples[2].notes.timestamp = base::Duration(std::numeric_limits<std::int64_t>::max());
  graph.send("in", samples);
  graph.run();
  EXPECT_EQ(graph.texts("out"), "old|due");
  graph.advance(base::seconds(1000));
  EXPECT_EQ(graph.held(), 1U);  // and is released with its element
}

TEST(Shaper, PassesPacketsEvenly) {
  TestGraph graph(
      "in :: Inject -> Queue -> s :: Shaper(100) -> out :: PullCapture;"
      "s [1] -> rest :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", std::vector<Sample>(500, Sample("x")));
  EXPECT_EQ(graph.pull("out", 9), 1U);
  EXPECT_EQ(graph.pull("out", 9), 0U);
  EXPECT_EQ(graph.pull("rest", 9), 9U);
  graph.advance(base::milliseconds(50));
  EXPECT_EQ(graph.pull("rest", 9), 0U);
  EXPECT_EQ(graph.pull("out", 9), 5U);
  EXPECT_EQ(graph.write("s.rate", "0"), "");
  EXPECT_EQ(graph.pull("out", 9), 0U);
  EXPECT_EQ(graph.read("s.config"), "0");
}

TEST(BandwidthShaper, PassesBytesEvenly) {
  TestGraph graph("in :: Inject -> Queue -> s :: BandwidthShaper(1000Bps) -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", std::vector<Sample>(100, Sample(std::string(100, 'x'))));
  EXPECT_EQ(graph.pull("out", 9), 1U);
  graph.advance(base::milliseconds(99));
  EXPECT_EQ(graph.pull("out", 9), 0U);
  graph.advance(base::milliseconds(1));
  EXPECT_EQ(graph.pull("out", 9), 1U);
  EXPECT_EQ(graph.read("s.rate"), "8kbps");
  EXPECT_EQ(graph.write("s.rate", "fast"), "error: 'fast' is not a bandwidth");
}

// Rounds are counted: a puller that is not told when to come back would use all of them.
TEST(Shaper, LetsThePullerSleepUntilTheRateAllowsMore) {
  TestGraph graph("in :: Inject -> Queue -> s :: Shaper(3) -> Unqueue -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", std::vector<Sample>(6, Sample("x")));
  EXPECT_LT(graph.run(), 10U);
  EXPECT_EQ(graph.captured("out").size(), 1U);
  graph.advance(base::microseconds(333'333));
  EXPECT_EQ(graph.captured("out").size(), 1U);
  graph.advance(base::microseconds(1));
  EXPECT_EQ(graph.captured("out").size(), 2U);
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.captured("out").size(), 5U);

  EXPECT_EQ(graph.write("s.rate", "0"), "");
  graph.advance(base::seconds(100));
  EXPECT_EQ(graph.captured("out").size(), 5U);
  EXPECT_LT(graph.run(), 10U);
  EXPECT_EQ(graph.write("s.rate", "1"), "");
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 6U);
  EXPECT_LT(graph.run(), 10U);  // it is empty now

  graph.advance(base::seconds(10));
  graph.send("in", {"y"});
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 7U);
  graph.send("in", {"z"});
  EXPECT_LT(graph.run(), 10U);
  EXPECT_EQ(graph.captured("out").size(), 7U);
  EXPECT_EQ(graph.write("s.reset"), "");
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 8U);
}

TEST(Meter, ChoosesByRate) {
  TestGraph graph(
      "in :: Inject -> m :: Meter(500, 1500) -> low :: Capture;"
      "m [1] -> middle :: Capture; m [2] -> high :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const auto settle = [&](std::size_t packets) {
    for (int ms = 0; ms < 200; ++ms) {
      graph.advance(base::milliseconds(1));
      graph.send("in", std::vector<Sample>(packets, Sample("x")));
    }
    for (const std::string_view capture : {"low", "middle", "high"}) {
      graph.forget(capture);
    }
    graph.send("in", {"y"});
  };
  settle(1);
  EXPECT_EQ(graph.texts("middle"), "y");
  settle(2);
  EXPECT_EQ(graph.texts("high"), "y");
  EXPECT_EQ(graph.read("m.meters"), "500 1500");
  graph.advance(base::seconds(1));
  settle(0);
  EXPECT_EQ(graph.texts("low"), "y");
}

TEST(BandwidthMeter, ChoosesByBytes) {
  TestGraph graph(
      "in :: Inject -> m :: BandwidthMeter(80kbps) -> low :: Capture;"
      "m [1] -> high :: Capture");
  ASSERT_EQ(graph.problems(), "");
  for (int ms = 0; ms < 300; ++ms) {
    graph.advance(base::milliseconds(1));
    graph.send("in", {"0123456789ABCDE"});
  }
  graph.forget("low");
  graph.send("in", {"y"});
  EXPECT_EQ(graph.texts("low"), "");
  EXPECT_EQ(graph.read("m.rate"), "15000");
}

TEST(Meter, RefusesWrongArguments) {
  const auto problems = [](std::string_view element) {
    return TestGraph(base::cat("Idle -> m :: ", element, " -> Discard; m [1] -> Discard"))
        .problems();
  };
  const std::string where = "t:1:9: While configuring 'm :: ";
  EXPECT_EQ(problems("Meter"),
            where + "Meter':\n  need 1 arguments, one less than the number of output ports\n");
  EXPECT_EQ(problems("Meter(x)"), where + "Meter':\n  argument 1 syntax error\n");
  EXPECT_EQ(problems("BandwidthMeter(100)"),
            where + "BandwidthMeter':\n  no units for bandwidth argument 1, assuming Bps\n");
  EXPECT_EQ(TestGraph("Idle -> m :: Meter(5, 5) -> Discard; m [1] -> Discard; m [2] -> Discard")
                .problems(),
            where + "Meter':\n  rate 2 must be > rate 1\n");
}

TEST(TimedSource, KeepsItsRhythmWhenItIsReplaced) {
  const std::string_view text = "s :: TimedSource(1s, LIMIT 3) -> out :: Capture";
  TestGraph graph(text);
  graph.advance(base::milliseconds(1500));
  ASSERT_TRUE(graph.replace(text));
  graph.advance(base::milliseconds(500));
  EXPECT_EQ(graph.captured("out").size(), 2U);
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.read("s.count"), "3");
  ASSERT_TRUE(graph.replace(text));
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.read("s.count"), "3");
}

TEST(Shaper, GoesOnAtItsRateWhenItIsReplaced) {
  const auto text = [](int rate) {
    return base::cat("in :: Inject -> Queue -> Shaper(", rate, ") -> out :: PullCapture");
  };
  TestGraph graph(text(10));
  graph.send("in", {"a", "b", "c"});
  EXPECT_EQ(graph.pull("out", 3), 1U);
  ASSERT_TRUE(graph.replace(text(10)));
  graph.send("in", {"d", "e"});
  EXPECT_EQ(graph.pull("out", 3), 0U);
  ASSERT_TRUE(graph.replace(text(20)));  // which forgets what passed
  graph.send("in", {"f"});
  EXPECT_EQ(graph.pull("out", 3), 1U);
}

}  // namespace
}  // namespace superfluid::elements
