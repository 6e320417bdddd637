// SPDX-License-Identifier: Apache-2.0
// IPv4 with options, IPv6 with extension headers.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/options.h"
#include "net/sample_packets.h"

namespace superfluid::net {
namespace {

using testing::built;
using testing::Bytes;

template <typename Address>
Address any_address() {
  Address address;
  for (std::uint8_t& byte : address.bytes) {
    byte = *rc::gen::arbitrary<std::uint8_t>();
  }
  return address;
}

Bytes any_bytes(std::size_t length_max) {
  return *rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(0, length_max + 1),
                                    rc::gen::arbitrary<std::uint8_t>());
}

RC_GTEST_PROP(Ipv4Property, WhatIsBuiltReadsBack, ()) {
  const Bytes options = any_bytes(kIpv4OptionsBytesMax);
  const Bytes payload = any_bytes(100);
  const Ipv4Fields fields{
      .dscp = *rc::gen::inRange(0u, 64u),
      .ecn = *rc::gen::inRange(0u, 4u),
      .identification = *rc::gen::arbitrary<std::uint16_t>(),
      .dont_fragment = *rc::gen::arbitrary<bool>(),
      .more_fragments = *rc::gen::arbitrary<bool>(),
      .fragment_offset = 8 * *rc::gen::inRange<std::size_t>(0, 0x2000),
      .ttl = *rc::gen::arbitrary<std::uint8_t>(),
      .protocol = static_cast<IpProtocol>(*rc::gen::arbitrary<std::uint8_t>()),
      .source = any_address<Ipv4Address>(),
      .destination = any_address<Ipv4Address>(),
      .options = options,
  };
  const Bytes packet = built([&](base::Writer& writer) {
    write_ipv4(writer, fields, payload.size());
    writer.bytes(payload);
    writer.fill(*rc::gen::inRange<std::size_t>(0, 20), 0xaa);  // a link's padding
  });
  const auto view = parse_ipv4(packet);
  RC_ASSERT(view.has_value());
  RC_ASSERT(verify_checksum(*view).has_value());
  const Ipv4Header& header = *view->header;
  RC_ASSERT(header.dscp() == fields.dscp);
  RC_ASSERT(header.ecn() == fields.ecn);
  RC_ASSERT(header.identification.host() == fields.identification);
  RC_ASSERT(header.dont_fragment() == fields.dont_fragment);
  RC_ASSERT(header.more_fragments() == fields.more_fragments);
  RC_ASSERT(!header.reserved_flag());
  RC_ASSERT(header.fragment_offset() == fields.fragment_offset);
  RC_ASSERT(header.ttl == fields.ttl);
  RC_ASSERT(header.protocol == fields.protocol);
  RC_ASSERT(header.source == fields.source);
  RC_ASSERT(header.destination == fields.destination);
  Bytes padded = options;
  padded.resize((options.size() + 3) / 4 * 4);
  RC_ASSERT(Bytes(view->options.begin(), view->options.end()) == padded);
  RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == payload);
}

Bytes ipv4_packet(std::size_t payload_length = 10) {
  return built([&](base::Writer& writer) {
    write_ipv4(writer, {.protocol = IpProtocol::kUdp, .source = {}, .destination = {}},
               payload_length);
    writer.fill(payload_length, 0);
  });
}

TEST(Ipv4, EveryLengthIsChecked) {
  const Bytes good = ipv4_packet();
  const auto refusal = [&](std::size_t at, int value) {
    Bytes bad = good;
    bad[at] = static_cast<std::uint8_t>(value);
    return parse_ipv4(bad).error();
  };
  EXPECT_EQ(refusal(0, 0x55), Malformed::kBadVersion);
  EXPECT_EQ(refusal(0, 0x44), Malformed::kBadHeaderLength);
  EXPECT_EQ(refusal(0, 0x40), Malformed::kBadHeaderLength);
  EXPECT_EQ(refusal(0, 0x48), Malformed::kBadHeaderLength) << "32 bytes of 30";
  EXPECT_EQ(refusal(3, 19), Malformed::kBadTotalLength);
  EXPECT_EQ(refusal(3, 31), Malformed::kBadTotalLength);
  EXPECT_EQ(refusal(3, 0), Malformed::kBadTotalLength);
  EXPECT_EQ(refusal(2, 255), Malformed::kBadTotalLength);
  Bytes longer_header = good;
  longer_header[0] = 0x47;  // 28 bytes of header,
  longer_header[3] = 27;    // 27 of packet
  EXPECT_EQ(parse_ipv4(longer_header).error(), Malformed::kBadTotalLength);
}

TEST(Ipv4, ACutPacketIsReadWhereTheCallerKnows) {
  const Bytes packet = ipv4_packet(100);
  const base::ByteView cut = base::ByteView(packet).first(28);
  EXPECT_EQ(parse_ipv4(cut).error(), Malformed::kBadTotalLength);
  EXPECT_EQ(parse_ipv4(cut, Extent::kCut)->payload.size(), 8u);
  EXPECT_EQ(parse_ipv4(packet, Extent::kCut)->payload.size(), 100u);
}

TEST(Ipv4, ChecksumSeesAChange) {
  Bytes packet = ipv4_packet();
  packet[8] ^= 1;
  EXPECT_EQ(verify_checksum(*parse_ipv4(packet)).error(), Malformed::kBadChecksum);
}

TEST(Ipv4, ABuilderRefusesWhatDoesNotFit) {
  std::array<std::uint8_t, 64> room{};
  base::Writer writer(room);
  const Ipv4Fields fields{.protocol = IpProtocol::kUdp, .source = {}, .destination = {}};
  EXPECT_TRUE(write_ipv4(writer, fields, 0xffff - 20));
  EXPECT_FALSE(write_ipv4(writer, fields, 0xffff - 19));
  EXPECT_FALSE(writer.ok());
  EXPECT_FALSE(writer.u8(0)) << "once refused, always refused";
  base::Writer narrow(base::ByteSpan(room).first(19));
  EXPECT_FALSE(write_ipv4(narrow, fields, 0));
}

std::vector<int> kinds_of(const Bytes& options, std::optional<Malformed>* problem = nullptr) {
  std::vector<int> kinds;
  OptionReader reader(options);
  while (const auto option = reader.next()) {
    kinds.push_back(option->kind);
  }
  if (problem != nullptr) {
    *problem = reader.problem();
    EXPECT_FALSE(reader.next()) << "a finished walk stays finished";
  }
  return kinds;
}

TEST(OptionReader, SkipsPaddingAndStopsAtTheEnd) {
  EXPECT_EQ(kinds_of({}), std::vector<int>{});
  EXPECT_EQ(kinds_of({1, 1, 148, 4, 0, 0, 1, 7, 3, 4}), (std::vector<int>{148, 7}));
  EXPECT_EQ(kinds_of({7, 2, 0, 148, 4, 0, 0}), std::vector<int>{7}) << "behind the end is nothing";
}

TEST(OptionReader, RefusesLengthsThatMakeNoSense) {
  for (const Bytes& options :
       {Bytes{7}, Bytes{7, 0}, Bytes{7, 1}, Bytes{7, 3}, Bytes{7, 255, 0}, Bytes{1, 1, 7}}) {
    std::optional<Malformed> problem;
    EXPECT_EQ(kinds_of(options, &problem), std::vector<int>{});
    EXPECT_EQ(problem, Malformed::kBadOption);
  }
}

RC_GTEST_PROP(Ipv6Property, WhatIsBuiltReadsBack, ()) {
  const Bytes payload = any_bytes(100);
  const Ipv6Fields fields{
      .dscp = *rc::gen::inRange(0u, 64u),
      .ecn = *rc::gen::inRange(0u, 4u),
      .flow_label = *rc::gen::inRange(0u, 1u << 20),
      .next_header = static_cast<IpProtocol>(*rc::gen::inRange(1, 256)),
      .hop_limit = *rc::gen::arbitrary<std::uint8_t>(),
      .source = any_address<Ipv6Address>(),
      .destination = any_address<Ipv6Address>(),
  };
  const Bytes packet = built([&](base::Writer& writer) {
    write_ipv6(writer, fields, payload.size());
    writer.bytes(payload);
    writer.fill(*rc::gen::inRange<std::size_t>(0, 20), 0xaa);  // a link's padding
  });
  const auto view = parse_ipv6(packet);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->header->dscp() == fields.dscp);
  RC_ASSERT(view->header->ecn() == fields.ecn);
  RC_ASSERT(view->header->flow_label() == fields.flow_label);
  RC_ASSERT(view->header->next_header == fields.next_header);
  RC_ASSERT(view->header->hop_limit == fields.hop_limit);
  RC_ASSERT(view->header->source == fields.source);
  RC_ASSERT(view->header->destination == fields.destination);
  RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == payload);
}

// An IPv6 packet whose payload is `chain`.
Bytes ipv6_packet(IpProtocol next, const std::function<void(base::Writer&)>& chain) {
  const Bytes payload = built(chain);
  return built([&](base::Writer& writer) {
    write_ipv6(writer, {.next_header = next, .source = {}, .destination = {}}, payload.size());
    writer.bytes(payload);
  });
}

TEST(Ipv6, EveryLengthIsChecked) {
  Bytes packet = ipv6_packet(IpProtocol::kUdp, [](base::Writer& writer) { writer.fill(10, 0); });
  ++packet[5];
  EXPECT_EQ(parse_ipv6(packet).error(), Malformed::kBadTotalLength);
  EXPECT_EQ(parse_ipv6(packet, Extent::kCut)->payload.size(), 10u);
  packet[0] = 0x45;
  EXPECT_EQ(parse_ipv6(packet).error(), Malformed::kBadVersion);
  EXPECT_EQ(parse_ipv6(base::ByteView(packet).first(39)).error(), Malformed::kTruncated);
}

TEST(Ipv6, AJumbogramIsRefused) {
  Bytes packet = ipv6_packet(IpProtocol::kHopByHop, [](base::Writer& writer) {
    write_ipv6_extension(writer, IpProtocol::kUdp, Bytes{0xc2, 4, 0, 1, 0, 0});
  });
  EXPECT_TRUE(parse_ipv6(packet));
  packet[4] = 0;
  packet[5] = 0;
  EXPECT_EQ(parse_ipv6(packet).error(), Malformed::kBadTotalLength);
}

RC_GTEST_PROP(Ipv6Property, ExtensionsReadBack, ()) {
  const std::size_t count = *rc::gen::inRange<std::size_t>(0, kIpv6ExtensionsMax + 1);
  std::vector<Bytes> contents;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes content = any_bytes(60);
    content.resize(content.size() / 8 * 8 + 6);
    contents.push_back(std::move(content));
  }
  const Bytes packet = ipv6_packet(
      count == 0 ? IpProtocol::kNoNextHeader : IpProtocol::kDestinationOptions,
      [&](base::Writer& writer) {
        for (std::size_t i = 0; i < count; ++i) {
          const bool last = i + 1 == count;
          write_ipv6_extension(writer,
                               last ? IpProtocol::kNoNextHeader : IpProtocol::kDestinationOptions,
                               contents[i]);
        }
        writer.fill(3, 0xcc);
      });
  Ipv6ExtensionReader reader(*parse_ipv6(packet));
  for (const Bytes& content : contents) {
    const auto extension = reader.next();
    RC_ASSERT(extension.has_value());
    RC_ASSERT(extension->type == IpProtocol::kDestinationOptions);
    RC_ASSERT(Bytes(extension->bytes.begin() + 2, extension->bytes.end()) == content);
  }
  RC_ASSERT(!reader.next());
  RC_ASSERT(!reader.problem());
  RC_ASSERT(reader.protocol() == IpProtocol::kNoNextHeader);
  RC_ASSERT(reader.rest().size() == 3u);
}

RC_GTEST_PROP(Ipv6Property, FragmentHeadersReadBack, ()) {
  const Ipv6FragmentFields fields{
      .next_header = IpProtocol::kTcp,
      .offset = 8 * *rc::gen::inRange<std::size_t>(0, 0x2000),
      .more = *rc::gen::arbitrary<bool>(),
      .identification = *rc::gen::arbitrary<std::uint32_t>(),
  };
  const Bytes packet = ipv6_packet(IpProtocol::kFragment, [&](base::Writer& writer) {
    write_ipv6_fragment(writer, fields);
    writer.fill(20, 0);
  });
  const auto view = *parse_ipv6(packet);
  const auto extension = Ipv6ExtensionReader(view).next();
  RC_ASSERT(extension.has_value());
  const auto* header = base::Cursor(extension->bytes).view<Ipv6FragmentHeader>();
  RC_ASSERT(header->offset() == fields.offset);
  RC_ASSERT(header->more() == fields.more);
  RC_ASSERT(header->identification.host() == fields.identification);
  const auto upper = skip_extensions(view);
  RC_ASSERT(upper.has_value());
  RC_ASSERT(upper->protocol == IpProtocol::kTcp);
  RC_ASSERT(upper->fragment_place == (fields.offset != 0 ? FragmentPlace::kLater
                                      : fields.more      ? FragmentPlace::kFirst
                                                         : FragmentPlace::kWhole));
}

TEST(Ipv6Extensions, AreLimited) {
  const Bytes none(6);
  const auto chain_of = [&](std::size_t count) {
    return ipv6_packet(IpProtocol::kDestinationOptions, [&](base::Writer& writer) {
      for (std::size_t i = 1; i < count; ++i) {
        write_ipv6_extension(writer, IpProtocol::kDestinationOptions, none);
      }
      write_ipv6_extension(writer, IpProtocol::kUdp, none);
    });
  };
  const Bytes most = chain_of(kIpv6ExtensionsMax);
  EXPECT_EQ(skip_extensions(*parse_ipv6(most))->protocol, IpProtocol::kUdp);
  const Bytes more = chain_of(kIpv6ExtensionsMax + 1);
  EXPECT_EQ(skip_extensions(*parse_ipv6(more)).error(), Malformed::kTooManyHeaders);
}

TEST(Ipv6Extensions, HopByHopComesFirstOnly) {
  const Bytes none(6);
  const Bytes packet = ipv6_packet(IpProtocol::kHopByHop, [&](base::Writer& writer) {
    write_ipv6_extension(writer, IpProtocol::kHopByHop, none);
    write_ipv6_extension(writer, IpProtocol::kUdp, none);
  });
  EXPECT_EQ(skip_extensions(*parse_ipv6(packet)).error(), Malformed::kBadValue);
}

TEST(Ipv6Extensions, NothingIsReadBehindALaterFragment) {
  const Bytes packet = ipv6_packet(IpProtocol::kFragment, [](base::Writer& writer) {
    write_ipv6_fragment(writer, {.next_header = IpProtocol::kDestinationOptions, .offset = 8});
    writer.fill(4, 0xff);  // were it a header, it would be cut
  });
  const auto upper = skip_extensions(*parse_ipv6(packet));
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->protocol, IpProtocol::kDestinationOptions);
  EXPECT_EQ(upper->payload.size(), 4u);
}

TEST(Ipv6Extensions, KnowTheLengthsOfEveryKind) {
  const auto walk_of = [](IpProtocol type, const Bytes& bytes) {
    const Bytes packet = ipv6_packet(type, [&](base::Writer& writer) { writer.bytes(bytes); });
    const auto upper = skip_extensions(*parse_ipv6(packet));
    return upper ? static_cast<int>(upper->payload.size()) : -1 - static_cast<int>(upper.error());
  };
  constexpr auto kCut = -1 - static_cast<int>(Malformed::kTruncated);
  constexpr auto kBad = -1 - static_cast<int>(Malformed::kBadOption);
  Bytes bytes(24);
  bytes[0] = 17;
  EXPECT_EQ(walk_of(IpProtocol::kRouting, bytes), 16);
  EXPECT_EQ(walk_of(IpProtocol::kFragment, bytes), 16);
  bytes[1] = 2;
  EXPECT_EQ(walk_of(IpProtocol::kRouting, bytes), 0);
  EXPECT_EQ(walk_of(IpProtocol::kAuthentication, bytes), 8) << "counts words of four, less two";
  bytes[1] = 3;
  EXPECT_EQ(walk_of(IpProtocol::kRouting, bytes), kBad);
  bytes[1] = 0;
  EXPECT_EQ(walk_of(IpProtocol::kAuthentication, bytes), kBad) << "below its fixed part";
  bytes[1] = 255;
  EXPECT_EQ(walk_of(IpProtocol::kHopByHop, bytes), kBad);
  EXPECT_EQ(walk_of(IpProtocol::kHopByHop, Bytes(7)), kCut);
  EXPECT_EQ(walk_of(IpProtocol::kHopByHop, Bytes{17}), kCut);
  EXPECT_EQ(walk_of(IpProtocol::kEsp, bytes), 24) << "ESP ends the chain";
}

TEST(Ipv6Extensions, ARoutingHeaderWithStopsLeftHidesTheDestination) {
  for (const std::uint8_t left : Bytes{0, 1}) {
    const Bytes packet = ipv6_packet(IpProtocol::kRouting, [&](base::Writer& writer) {
      write_ipv6_extension(writer, IpProtocol::kUdp, Bytes{253, left, 0, 0, 0, 0});
    });
    EXPECT_EQ(skip_extensions(*parse_ipv6(packet))->destination_is_final, left == 0);
  }
}

TEST(Ipv6Options, SkipPaddingAndRefuseNonsense) {
  const auto walk_of = [](const Bytes& content) {
    const Bytes bytes = built([&](base::Writer& writer) {
      writer.u16(0);
      writer.bytes(content);
    });
    Ipv6OptionReader reader({IpProtocol::kHopByHop, IpProtocol::kUdp, bytes});
    std::vector<int> kinds;
    while (const auto option = reader.next()) {
      kinds.push_back(option->kind);
    }
    kinds.push_back(reader.problem() ? -1 : 0);
    return kinds;
  };
  EXPECT_EQ(walk_of({0, 0, 0, 1, 1, 0}), std::vector<int>{0});
  EXPECT_EQ(walk_of({0, 5, 2, 0, 0, 0}), (std::vector<int>{5, 0}));
  EXPECT_EQ(walk_of({1, 4, 0, 0, 0, 0}), std::vector<int>{0});
  EXPECT_EQ(walk_of({1, 5, 0, 0, 0, 0}), std::vector<int>{-1});
  EXPECT_EQ(walk_of({5, 2, 0, 0, 0, 7}), (std::vector<int>{5, -1}));
}

}  // namespace
}  // namespace superfluid::net
