// SPDX-License-Identifier: Apache-2.0
#include "net/flow_key.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <set>

#include "net/icmp.h"
#include "net/sample_packets.h"
#include "net/udp.h"
#include "support/seed.h"

namespace superfluid::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

FlowKey random_key(base::Rng& rng) {
  FlowKey key;
  if (rng.below(2) == 0) {
    key = FlowKey::of(Ipv4Address::from_host(static_cast<std::uint32_t>(rng.next())),
                      Ipv4Address::from_host(static_cast<std::uint32_t>(rng.next())),
                      IpProtocol::kTcp);
  } else {
    Ipv6Address source;
    Ipv6Address destination;
    for (std::size_t i = 0; i < 16; ++i) {
      source.bytes[i] = static_cast<std::uint8_t>(rng.next());
      destination.bytes[i] = static_cast<std::uint8_t>(rng.next());
    }
    key = FlowKey::of(source, destination, IpProtocol::kUdp);
  }
  key.source_port = base::be16(static_cast<std::uint16_t>(rng.next()));
  key.destination_port = base::be16(static_cast<std::uint16_t>(rng.next()));
  return key;
}

// The IP packet inside one sample of the kind.
Bytes ip_sample(std::string_view kind) {
  base::Rng rng(superfluid::testing::test_seed());
  for (const auto& sample : testing::sample_packets(rng)) {
    if (sample.kind == kind) {
      return {sample.frame.begin() + 14, sample.frame.end()};
    }
  }
  ADD_FAILURE() << "no sample of kind " << kind;
  return {};
}

TEST(FlowKey, TakesPortsFromTransportsAndEchoIdentifiers) {
  for (const char* kind : {"tcp", "udp", "sctp", "tcp6", "udp6", "sctp6", "ipv4-options"}) {
    const Bytes packet = ip_sample(kind);
    const auto key = flow_key_of(packet);
    ASSERT_TRUE(key) << kind;
    EXPECT_GE(key->source_port.host(), 40000) << kind;
    EXPECT_GE(key->destination_port.host(), 40000) << kind;
    EXPECT_EQ(key->version, packet[0] >> 4) << kind;
  }
  for (const char* kind : {"echo", "echo6"}) {
    const Bytes packet = ip_sample(kind);
    const auto key = flow_key_of(packet);
    ASSERT_TRUE(key) << kind;
    const std::size_t header = packet[0] >> 4 == 4 ? 20 : 40;
    EXPECT_EQ(key->source_port.host(), packet[header + 4] << 8 | packet[header + 5]) << kind;
    EXPECT_EQ(key->source_port, key->destination_port) << kind;
  }
  EXPECT_GE(flow_key_of(ip_sample("ipv6-extensions"))->source_port.host(), 40000);
}

TEST(FlowKey, HoldsTheAddresses) {
  const Bytes packet = ip_sample("tcp");
  const auto key = flow_key_of(packet).value();
  EXPECT_TRUE(std::equal(key.source.begin(), key.source.begin() + 4, packet.begin() + 12));
  EXPECT_TRUE(
      std::equal(key.destination.begin(), key.destination.begin() + 4, packet.begin() + 16));
  EXPECT_TRUE(std::all_of(key.source.begin() + 4, key.source.end(), [](auto b) { return b == 0; }));
  EXPECT_EQ(key.protocol, IpProtocol::kTcp);
}

TEST(FlowKey, FragmentsAndErrorsHaveNoPorts) {
  for (const char* kind : {"ipv4-first-fragment", "ipv4-later-fragment", "ipv6-later-fragment",
                           "icmp-error", "neighbor-solicitation"}) {
    const auto key = flow_key_of(ip_sample(kind));
    ASSERT_TRUE(key) << kind;
    EXPECT_EQ(key->source_port.host(), 0) << kind;
    EXPECT_EQ(key->destination_port.host(), 0) << kind;
  }
  EXPECT_EQ(flow_key_of(ip_sample("ipv6-later-fragment"))->protocol, IpProtocol::kUdp);
}

TEST(FlowKey, RefusesWhatEndsBeforeThePorts) {
  std::array<std::uint8_t, 64> room{};
  for (const IpProtocol protocol :
       {IpProtocol::kTcp, IpProtocol::kUdp, IpProtocol::kSctp, IpProtocol::kIcmpv4}) {
    base::Writer writer(room);
    write_ipv4(writer, {.protocol = protocol, .source = {}, .destination = {}}, 7);
    writer.fill(7, 0);
    const auto key = flow_key_of(writer.written());
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error(), Malformed::kTruncated);
  }
  EXPECT_EQ(flow_key_of(base::ByteView{}).error(), Malformed::kTruncated);
}

TEST(FlowKey, OfAnEchoReplyIsTheReverseOfItsRequest) {
  const Ipv4Address a{{192, 0, 2, 1}};
  const Ipv4Address b{{192, 0, 2, 2}};
  const auto key = [](Ipv4Address source, Ipv4Address destination, IcmpType type) {
    std::array<std::uint8_t, 28> room{};
    base::Writer writer(room);
    write_ipv4(writer,
               {.protocol = IpProtocol::kIcmpv4, .source = source, .destination = destination}, 8);
    write_icmp(writer, {.type = type, .words = {0x1234, 1}}, {});
    return flow_key_of(writer.written()).value();
  };
  EXPECT_EQ(key(b, a, IcmpType::kEchoReply), key(a, b, IcmpType::kEchoRequest).reversed());
}

TEST(FlowHasher, IsSymmetricOnlyWhereItSaysSo) {
  base::Rng rng(superfluid::testing::test_seed());
  const FlowHasher hasher(rng.next());
  for (int i = 0; i < 1000; ++i) {
    const FlowKey key = random_key(rng);
    EXPECT_EQ(key.reversed().reversed(), key);
    EXPECT_NE(hasher(key), hasher(key.reversed()));
    EXPECT_EQ(hasher.symmetric(key), hasher.symmetric(key.reversed()));
  }
}

TEST(FlowHasher, DependsOnTheSeedAndOnNothingElse) {
  base::Rng rng(superfluid::testing::test_seed());
  const FlowKey key = random_key(rng);
  EXPECT_EQ(FlowHasher(5)(key), FlowHasher(5)(key));
  EXPECT_NE(FlowHasher(5)(key), FlowHasher(6)(key));
}

// Flipping any one bit of the key flips each bit of the hash half of the time. Over 600 keys the
// bounds are seven standard deviations away.
TEST(FlowHasher, EveryBitOfTheKeyReachesEveryBitOfTheHash) {
  constexpr int kKeys = 600;
  base::Rng rng(superfluid::testing::test_seed());
  const FlowHasher hasher(rng.next());
  for (std::size_t bit = 0; bit < 8 * sizeof(FlowKey); ++bit) {
    if (bit / 8 >= offsetof(FlowKey, zero)) {
      continue;
    }
    std::array<int, 64> flips{};
    for (int i = 0; i < kKeys; ++i) {
      FlowKey key = random_key(rng);
      const std::uint64_t before = hasher(key);
      reinterpret_cast<std::uint8_t*>(&key)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      const std::uint64_t changed = before ^ hasher(key);
      for (std::size_t out = 0; out < 64; ++out) {
        flips[out] += static_cast<int>(changed >> out & 1);
      }
    }
    for (std::size_t out = 0; out < 64; ++out) {
      ASSERT_GT(flips[out], kKeys * 35 / 100) << "key bit " << bit << ", hash bit " << out;
      ASSERT_LT(flips[out], kKeys * 65 / 100) << "key bit " << bit << ", hash bit " << out;
    }
  }
}

TEST(FlowHasher, EveryBitOfAShortKeyReachesEveryBitOfTheHash) {
  constexpr int kKeys = 600;
  base::Rng rng(superfluid::testing::test_seed());
  const FlowHasher hasher(rng.next());
  for (std::size_t bit = 0; bit < 8 * offsetof(Ipv4FlowKey, zero); ++bit) {
    std::array<int, 64> flips{};
    for (int i = 0; i < kKeys; ++i) {
      auto words = std::array{rng.next(), rng.next()};
      const std::uint64_t before = hasher(std::bit_cast<Ipv4FlowKey>(words));
      words[bit / 64] ^= std::uint64_t{1} << bit % 64;
      const std::uint64_t changed = before ^ hasher(std::bit_cast<Ipv4FlowKey>(words));
      for (std::size_t out = 0; out < 64; ++out) {
        flips[out] += static_cast<int>(changed >> out & 1);
      }
    }
    for (std::size_t out = 0; out < 64; ++out) {
      ASSERT_GT(flips[out], kKeys * 35 / 100) << "key bit " << bit << ", hash bit " << out;
      ASSERT_LT(flips[out], kKeys * 65 / 100) << "key bit " << bit << ", hash bit " << out;
    }
  }
}

// Flows as they come: one server, clients and ports that count up. Low and high bits of the hash
// must both fill a table evenly. The bound on chi-square over 1024 buckets is the mean plus more
// than ten standard deviations (sqrt(2 * 1023) = 45): a bad mixer is beyond it by far.
TEST(FlowHasher, SpreadsNeighbouringFlowsEvenly) {
  constexpr std::size_t kBuckets = 1024;
  constexpr std::size_t kFlows = 64 * kBuckets;
  base::Rng rng(superfluid::testing::test_seed());
  const FlowHasher hasher(rng.next());
  for (const bool symmetric : {false, true}) {
    std::vector<std::size_t> low(kBuckets);
    std::vector<std::size_t> high(kBuckets);
    std::set<std::uint64_t> seen;
    for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
      FlowKey key = FlowKey::of(Ipv4Address::from_host(0x0a000001 + flow / 256),
                                Ipv4Address{{192, 0, 2, 1}}, IpProtocol::kTcp);
      key.source_port = base::be16(static_cast<std::uint16_t>(40000 + flow % 256));
      key.destination_port = base::be16(443);
      const std::uint64_t hash = symmetric ? hasher.symmetric(key) : hasher(key);
      ++low[hash % kBuckets];
      ++high[hash >> 54];
      seen.insert(hash);
    }
    EXPECT_EQ(seen.size(), kFlows);
    for (const auto& buckets : {low, high}) {
      double chi_square = 0;
      for (const std::size_t count : buckets) {
        const double difference = static_cast<double>(count) - kFlows / kBuckets;
        chi_square += difference * difference / (kFlows / kBuckets);
      }
      EXPECT_LT(chi_square, 1023 + 500) << (symmetric ? "symmetric" : "directional");
      EXPECT_GT(chi_square, 1023 - 500) << "too even to be a hash";
    }
  }
}

}  // namespace
}  // namespace superfluid::net
