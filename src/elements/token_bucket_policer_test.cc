// SPDX-License-Identifier: Apache-2.0
#include "elements/token_bucket_policer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "base/rng.h"
#include "elements/testing.h"
#include "net/ipv4.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

std::string policer(std::string_view arguments) {
  return base::cat("in :: Inject -> MarkIPHeader -> p :: TokenBucketPolicer(", arguments,
                   ") -> out :: Capture; p [1] -> over :: Capture");
}

Sample udp(std::uint32_t from, std::uint16_t port, std::size_t length = 100) {
  const net::Ipv4Address source = net::Ipv4Address::from_host(from);
  const net::Ipv4Address destination{{203, 0, 113, 1}};
  std::vector<std::uint8_t> bytes(length);
  base::Writer writer(bytes);
  net::write_ipv4(writer,
                  {.protocol = net::IpProtocol::kUdp, .source = source, .destination = destination},
                  length - 20);
  const std::vector<std::uint8_t> payload(length - 28);
  net::write_udp(writer, {.source_port = port, .destination_port = 9},
                 net::PseudoHeader(source, destination), payload);
  return Sample(std::move(bytes));
}

TEST(TokenBucketPolicer, LetsABurstPassAndThenTheRate) {
  for (const bool shared : {false, true}) {
    TestGraph graph(policer("10pps, 3"), TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"a", "b", "c", "d", "e"});
    EXPECT_EQ(graph.texts("out"), "a|b|c");
    EXPECT_EQ(graph.texts("over"), "d|e");
    graph.advance(base::milliseconds(99));
    graph.send("in", {"f"});
    graph.advance(base::milliseconds(1));
    graph.send("in", {"g", "h"});
    graph.advance(base::seconds(5));
    graph.send("in", {"i", "j", "k", "l"});
    EXPECT_EQ(graph.texts("out"), "a|b|c|g|i|j|k");
    EXPECT_EQ(graph.read("p.passed"), "7");
    EXPECT_EQ(graph.read("p.drops"), "5");
    EXPECT_EQ(graph.read("p.customers"), "all\t5\n");
  }
}

TEST(TokenBucketPolicer, CountsBytesWhenTheRateDoes) {
  TestGraph graph(policer("1000, 2000"));
  ASSERT_EQ(graph.problems(), "");
  const std::string large(1500, 'x');
  graph.send("in", {large, std::string(501, 'y'), std::string(500, 'z')});
  ASSERT_EQ(graph.captured("out").size(), 2U);
  EXPECT_EQ(graph.captured("out")[1].bytes.size(), 500U);
  graph.advance(base::milliseconds(1500));
  graph.send("in", {large, "1"});
  EXPECT_EQ(graph.captured("out").size(), 3U);
  // Never more than the burst.
  graph.advance(base::seconds(1000));
  graph.send("in", {std::string(2001, 'x'), std::string(2000, 'x')});
  EXPECT_EQ(graph.captured("out").back().bytes.size(), 2000U);
}

TEST(TokenBucketPolicer, TellsCustomersApart) {
  const auto passed = [](std::string_view key, const std::vector<Sample>& samples) {
    TestGraph graph(policer(base::cat("1pps, 1, KEY ", key)));
    EXPECT_EQ(graph.problems(), "");
    graph.send("in", samples);
    return graph.captured("out").size();
  };
  const std::vector<Sample> samples{udp(0x0a000001, 1), udp(0x0a000001, 2), udp(0x0a0000ff, 1),
                                    udp(0x0a000100, 1), udp(0x0a000100, 1)};
  EXPECT_EQ(passed("all", samples), 1U);
  EXPECT_EQ(passed("src", samples), 3U);
  EXPECT_EQ(passed("src/24", samples), 2U);
  EXPECT_EQ(passed("src/0", samples), 1U);
  EXPECT_EQ(passed("dst", samples), 1U);
  EXPECT_EQ(passed("flow", samples), 4U);
  Sample painted = "x";
  painted.notes.paint = 7;
  painted.notes.vlan_tci = 0xf001;
  painted.notes.aggregate = 70'000;
  EXPECT_EQ(passed("paint", {painted, "y", painted}), 2U);
  EXPECT_EQ(passed("vlan", {painted, "y", painted}), 2U);
  EXPECT_EQ(passed("aggregate", {painted, "y", painted}), 2U);
  TestGraph graph(policer("1pps, 1, KEY src"));
  graph.send("in", {"", udp(0x0a000001, 1), udp(0x0a000001, 1)});
  EXPECT_EQ(graph.read("p.drop_details"), "1\texceeded\n1\tno key\n0\ttable full\n");
  EXPECT_EQ(graph.read("p.customers"), "10.0.0.1\t1\n");
}

TEST(TokenBucketPolicer, ForgetsCustomersWhoseBucketIsFull) {
  TestGraph graph(policer("10pps, 1, KEY src, LIMIT 4"));
  ASSERT_EQ(graph.problems(), "");
  for (std::uint32_t i = 0; i < 10; ++i) {
    graph.send("in", {udp(i, 1)});
  }
  EXPECT_EQ(graph.read("p.count"), "4");
  EXPECT_EQ(graph.read("p.evicted"), "6");
  graph.advance(base::seconds(30));
  EXPECT_EQ(graph.read("p.count"), "0");
  EXPECT_FALSE(graph.router().schedule().next_timer());
}

TEST(TokenBucketPolicer, RateAndBurstMayChange) {
  TestGraph graph(policer("10pps, 1"));
  EXPECT_EQ(graph.read("p.rate"), "10pps");
  EXPECT_EQ(graph.write("p.rate", "20pps"), "");
  EXPECT_EQ(graph.write("p.burst", "2"), "");
  EXPECT_EQ(graph.read("p.burst"), "2");
  graph.send("in", {"a", "b", "c"});
  graph.advance(base::milliseconds(50));
  graph.send("in", {"d", "e"});
  EXPECT_EQ(graph.texts("out"), "a|b|d");
  EXPECT_EQ(graph.write("p.rate", "10kBps"),
            "error: expected a rate above 0, such as 100pps or 10Mbps");
  EXPECT_EQ(graph.write("p.rate", "0pps"),
            "error: expected a rate above 0, such as 100pps or 10Mbps");
  EXPECT_EQ(graph.write("p.burst", "0"),
            "error: expected packets, or bytes such as 64KiB, above 0");
}

TEST(TokenBucketPolicer, AReconfigurationKeepsBuckets) {
  TestGraph before(policer("1pps, 1, KEY src"));
  before.send("in", {udp(1, 1)});
  TestGraph after(policer("1pps, 1, KEY src"));
  after.element("p").take_state(before.element("p"));
  after.send("in", {udp(1, 1), udp(2, 1)});
  EXPECT_EQ(after.captured("out").size(), 1U);
  EXPECT_EQ(after.read("p.passed"), "2");
}

TEST(TokenBucketPolicer, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    const std::string text = TestGraph(policer(arguments)).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem(""), "  required RATE argument missing\n");
  EXPECT_EQ(problem("fast"), "  RATE: expected a rate above 0, such as 100pps or 10Mbps\n");
  EXPECT_EQ(problem("0"), "  RATE: expected a rate above 0, such as 100pps or 10Mbps\n");
  EXPECT_EQ(problem("1pps, 64KiB"), "  BURST: expected packets, or bytes such as 64KiB, above 0\n");
  EXPECT_EQ(problem("1pps, KEY source"),
            "  KEY: expected all, src, dst, flow, paint, vlan or aggregate\n");
  EXPECT_EQ(problem("1pps, KEY flow/3"),
            "  KEY: expected all, src, dst, flow, paint, vlan or aggregate\n");
  EXPECT_EQ(problem("1pps, KEY src/33"),
            "  KEY: expected all, src, dst, flow, paint, vlan or aggregate\n");
  EXPECT_EQ(problem("1pps, LIMIT 0"), "  LIMIT: expected a number from 1 to 1073741824\n");
}

TEST(TokenBucketPolicer, AgreesWithBucketsFilledByTheNanosecond) {
  rc::check("of bytes, for several customers", [](std::uint64_t seed) {
    base::Rng rng(seed);
    // Rates of which a byte's time is a whole number of nanoseconds.
    constexpr std::uint64_t kRates[] = {1'000, 8'000, 125'000, 1'000'000, 1'000'000'000};
    const std::uint64_t rate = kRates[rng.below(5)];
    const std::uint64_t burst = 200 + rng.below(5000);
    TestGraph graph(policer(base::cat(rate, ", ", burst, ", KEY src")));
    RC_ASSERT(graph.problems().empty());
    const std::uint64_t byte_ns = 1'000'000'000 / rate;
    struct Model {
      std::uint64_t level_ns = 0;
      base::Instant at;
    };
    std::map<std::uint32_t, Model> buckets;
    std::size_t expected = 0;
    for (int step = 0; step < 60; ++step) {
      graph.clock().advance(base::nanoseconds(
          static_cast<std::int64_t>(rng.below(static_cast<std::uint32_t>(byte_ns * 300)))));
      graph.run();
      const base::Instant now = graph.clock().now();
      std::vector<Sample> samples;
      for (std::uint32_t i = 0; i <= rng.below(4); ++i) {
        const std::uint32_t from = rng.below(3);
        const std::uint32_t length = 28 + rng.below(400);
        samples.push_back(udp(from, 1, length));
        const auto [at, fresh] = buckets.try_emplace(from, Model{burst * byte_ns, now});
        Model& bucket = at->second;
        const auto passed_ns = static_cast<std::uint64_t>((now - bucket.at).count());
        bucket.level_ns = std::min(burst * byte_ns, bucket.level_ns + passed_ns);
        bucket.at = now;
        if (bucket.level_ns >= length * byte_ns) {
          bucket.level_ns -= length * byte_ns;
          ++expected;
        }
      }
      graph.send("in", samples);
      RC_ASSERT(graph.captured("out").size() == expected);
    }
  });
}

}  // namespace
}  // namespace superfluid::elements
