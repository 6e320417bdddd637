// SPDX-License-Identifier: Apache-2.0
// Hostile versions of every kind of sample packet: each prefix, each bit flipped, each length field
// off by one. Under AddressSanitizer a read behind the bytes ends the test; checked_dissection()
// dies where a promise of net/dissect.h is broken.
#include "net/malformed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/text.h"
#include "net/dissect_invariants.h"
#include "net/ether.h"
#include "net/flow_key.h"
#include "net/gtpu.h"
#include "net/sample_packets.h"
#include "net/udp.h"
#include "net/vxlan.h"
#include "support/seed.h"

namespace superfluid::net {
namespace {

using testing::built;
using testing::Bytes;
using testing::checked_dissection;
using testing::SamplePacket;

std::vector<SamplePacket> samples() {
  base::Rng rng(superfluid::testing::test_seed());
  return testing::sample_packets(rng);
}

// Where the last header ends: a packet cut at or behind it may still be whole.
std::size_t end_of_headers(const Dissection& dissection) {
  const Layer& last = dissection.layers.back();
  return last.protocol == Protocol::kPayload ? last.offset : last.offset + last.length;
}

// Up to here a packet cannot be cut without a problem: where its last header begins.
std::size_t end_of_fixed_parts(const Dissection& dissection) {
  const std::size_t count = dissection.layers.size();
  const bool has_payload = dissection.layers.back().protocol == Protocol::kPayload;
  return dissection.layers[count - (has_payload ? 2 : 1)].offset;
}

TEST(Malformed, NamesAreStableAndDistinct) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kMalformedCount; ++i) {
    names.insert(name_of(static_cast<Malformed>(i)));
    EXPECT_FALSE(describe(static_cast<Malformed>(i)).empty());
  }
  EXPECT_EQ(names.size(), kMalformedCount);
  EXPECT_EQ(name_of(Malformed::kTruncated), "truncated");
  EXPECT_EQ(name_of(Malformed::kTooManyHeaders), "too-many-headers");
}

TEST(Malformed, EveryPrefixOfEveryPacketIsReadWithinItsBytes) {
  for (const SamplePacket& sample : samples()) {
    const std::size_t headers = end_of_headers(dissect(sample.frame, LinkType::kEthernet));
    for (std::size_t length = 0; length < sample.frame.size(); ++length) {
      // A block of exactly this size: one byte further is the sanitizer's.
      const auto cut = std::make_unique<std::uint8_t[]>(length);
      std::copy_n(sample.frame.begin(), length, cut.get());
      const base::ByteView prefix(cut.get(), length);
      const Dissection dissection = checked_dissection(prefix, LinkType::kEthernet);
      if (length < headers) {
        EXPECT_TRUE(dissection.problem) << sample.kind << " cut to " << length;
      }
      checked_dissection(prefix, LinkType::kRawIp);
      if (length > sizeof(EthernetHeader)) {
        // Either a key or a reason; what matters here is that nothing behind the end is read.
        (void)flow_key_of(prefix.subspan(sizeof(EthernetHeader)));
      }
    }
  }
}

// What a capture that keeps only the first bytes of each packet shows of it: the same, but less.
TEST(Malformed, EveryPrefixThatACaptureKeptHasTheLayersOfTheWholePacket) {
  for (const SamplePacket& sample : samples()) {
    const Dissection whole = dissect(sample.frame, LinkType::kEthernet);
    for (std::size_t length = 0; length < sample.frame.size(); ++length) {
      SCOPED_TRACE(base::cat(sample.kind, " cut to ", length));
      const auto kept = std::make_unique<std::uint8_t[]>(length);
      std::copy_n(sample.frame.begin(), length, kept.get());
      const Dissection cut = checked_dissection(base::ByteView(kept.get(), length),
                                                LinkType::kEthernet, sample.frame.size());
      EXPECT_TRUE(!cut.problem || cut.problem->cut);
      EXPECT_TRUE(cut.problem || length >= end_of_fixed_parts(whole));
      for (std::size_t i = 0; i < cut.layers.size(); ++i) {
        if (cut.layers[i].protocol == Protocol::kPayload) {
          break;
        }
        ASSERT_LT(i, whole.layers.size());
        EXPECT_EQ(cut.layers[i].protocol, whole.layers[i].protocol);
        EXPECT_EQ(cut.layers[i].offset, whole.layers[i].offset);
      }
    }
  }
}

TEST(Malformed, EveryBitMayFlip) {
  for (const SamplePacket& sample : samples()) {
    Bytes frame = sample.frame;
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      frame[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      checked_dissection(frame, LinkType::kEthernet);
      checked_dissection(frame, LinkType::kEthernet, 2 * frame.size());
      frame[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
  }
}

TEST(Malformed, EveryPairOfBytesMayBeALengthOffByOne) {
  for (const SamplePacket& sample : samples()) {
    Bytes frame = sample.frame;
    for (std::size_t at = 0; at + 1 < frame.size(); ++at) {
      const std::uint8_t high = frame[at];
      const std::uint8_t low = frame[at + 1];
      const unsigned value = static_cast<unsigned>(high << 8 | low);
      for (const unsigned other : {value - 1, value + 1, 0u, 1u, 0xffffu}) {
        frame[at] = static_cast<std::uint8_t>(other >> 8);
        frame[at + 1] = static_cast<std::uint8_t>(other);
        checked_dissection(frame, LinkType::kEthernet);
      }
      frame[at] = high;
      frame[at + 1] = low;
    }
  }
}

// A length field of two bytes, by the layer it is in and its place there.
struct LengthField {
  Protocol layer;
  std::size_t offset;
};

// One more than there is must be refused, wherever the field is and whatever is around it.
TEST(Malformed, EveryStatedLengthBeyondTheBytesIsRefused) {
  constexpr LengthField kFields[] = {
      {Protocol::kIpv4, 2},
      {Protocol::kIpv6, 4},
      {Protocol::kUdp, 4},
      {Protocol::kGtpu, 2},
  };
  for (const SamplePacket& sample : samples()) {
    const Dissection good = dissect(sample.frame, LinkType::kEthernet);
    for (const Layer& layer : good.layers) {
      for (const LengthField& field : kFields) {
        if (field.layer != layer.protocol || sample.kind == "ipv4-first-fragment") {
          continue;  // a fragment's UDP length is beyond its bytes as it should be
        }
        Bytes frame = sample.frame;
        const std::size_t low = layer.offset + field.offset + 1;
        // No sample is long enough for a carry.
        ASSERT_NE(frame[low], 0xff);
        ++frame[low];
        const Dissection bad = checked_dissection(frame, LinkType::kEthernet);
        ASSERT_TRUE(bad.problem) << sample.kind << " " << name_of(layer.protocol);
        EXPECT_EQ(bad.problem->reason, Malformed::kBadTotalLength);
        EXPECT_EQ(bad.problem->where, layer.protocol);
        const bool is_shown = layer.protocol != Protocol::kGtpu;
        EXPECT_EQ(bad.problem->offset, layer.offset + (is_shown ? field.offset : 0));
      }
    }
  }
}

TEST(Malformed, TagsWithoutEndStopAtTheLimit) {
  const Bytes frame = built([](base::Writer& writer) {
    write_ethernet(writer, {{}, {}, EtherType::kVlan});
    for (int i = 0; i < 100; ++i) {
      write_vlan(writer, {.ethertype = EtherType::kVlan});
    }
  });
  const Dissection dissection = checked_dissection(frame, LinkType::kEthernet);
  ASSERT_TRUE(dissection.problem);
  EXPECT_EQ(dissection.problem->reason, Malformed::kTooManyHeaders);
  EXPECT_EQ(dissection.problem->where, Protocol::kVlan);
  EXPECT_EQ(dissection.layers.size(), Dissection::kLayersMax);
  EXPECT_EQ(dissection.layers.back().protocol, Protocol::kPayload);
  EXPECT_EQ(dissection.layers.back().offset, dissection.problem->offset);
}

TEST(Malformed, TunnelsInTunnelsStopAtTheLimit) {
  // From the inside out: each round wraps the packet into GTP-U, UDP and IPv4.
  const Ipv4Address address{{10, 0, 0, 1}};
  Bytes packet;
  for (int round = 0; round < 10; ++round) {
    packet = built([&](base::Writer& writer) {
      const Bytes tunnel = built([&](base::Writer& inner) {
        write_gtpu(inner, {}, packet.size());
        inner.bytes(packet);
      });
      write_ipv4(writer, {.protocol = IpProtocol::kUdp, .source = address, .destination = address},
                 sizeof(UdpHeader) + tunnel.size());
      write_udp(writer, {.source_port = 1, .destination_port = kGtpuPort},
                PseudoHeader(address, address), tunnel);
    });
  }
  const Dissection dissection = checked_dissection(packet, LinkType::kRawIp);
  ASSERT_TRUE(dissection.problem);
  EXPECT_EQ(dissection.problem->reason, Malformed::kTooManyHeaders);
  EXPECT_EQ(dissection.layers.size(), Dissection::kLayersMax);
}

TEST(Malformed, AnEmptyPacketIsTruncated) {
  const Dissection dissection = checked_dissection({}, LinkType::kEthernet);
  EXPECT_TRUE(dissection.layers.empty());
  ASSERT_TRUE(dissection.problem);
  EXPECT_EQ(dissection.problem->reason, Malformed::kTruncated);
  EXPECT_EQ(checked_dissection({}, LinkType::kRawIp).problem->where, Protocol::kIpv4);
  const Bytes neither{0x50, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(checked_dissection(neither, LinkType::kRawIp).problem->reason, Malformed::kBadVersion);
}

}  // namespace
}  // namespace superfluid::net
