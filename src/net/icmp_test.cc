// SPDX-License-Identifier: Apache-2.0
// ICMP of both versions, neighbour discovery.
#include "net/icmp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/icmpv6.h"
#include "net/ipv4.h"
#include "net/sample_packets.h"

namespace superfluid::net {
namespace {

using testing::built;
using testing::Bytes;

const PseudoHeader kPseudo(Ipv6Address{{0xfe, 0x80, 1}}, Ipv6Address{{0xff, 2}});
const MacAddress kMac{{2, 0, 0, 1, 2, 3}};
const Ipv6Address kTarget{{0xfe, 0x80, 9, 8, 7}};

RC_GTEST_PROP(IcmpProperty, WhatIsBuiltReadsBack, ()) {
  const IcmpFields fields{
      .type = static_cast<IcmpType>(*rc::gen::arbitrary<std::uint8_t>()),
      .code = *rc::gen::arbitrary<std::uint8_t>(),
      .words = {*rc::gen::arbitrary<std::uint16_t>(), *rc::gen::arbitrary<std::uint16_t>()},
  };
  const Bytes payload = *rc::gen::arbitrary<Bytes>();
  Bytes message = built([&](base::Writer& writer) { write_icmp(writer, fields, payload); });
  const auto view = parse_icmp(message);
  RC_ASSERT(view.has_value());
  RC_ASSERT(verify_checksum(*view).has_value());
  RC_ASSERT(view->header->type == fields.type);
  RC_ASSERT(view->header->code == fields.code);
  RC_ASSERT(view->header->identifier() == fields.words[0]);
  RC_ASSERT(view->header->sequence() == fields.words[1]);
  RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == payload);
  message[4] ^= 1;
  RC_ASSERT(verify_checksum(*parse_icmp(message)).error() == Malformed::kBadChecksum);
}

RC_GTEST_PROP(Icmpv6Property, WhatIsBuiltReadsBack, ()) {
  const Icmpv6Fields fields{
      .type = static_cast<Icmpv6Type>(*rc::gen::arbitrary<std::uint8_t>()),
      .code = *rc::gen::arbitrary<std::uint8_t>(),
      .word = *rc::gen::arbitrary<std::uint32_t>(),
  };
  const Bytes payload = *rc::gen::arbitrary<Bytes>();
  Bytes message =
      built([&](base::Writer& writer) { write_icmpv6(writer, fields, kPseudo, payload); });
  const auto view = parse_icmpv6(message);
  RC_ASSERT(view.has_value());
  RC_ASSERT(verify_checksum(*view, kPseudo).has_value());
  RC_ASSERT(view->header->type == fields.type);
  RC_ASSERT(view->header->code == fields.code);
  RC_ASSERT(view->header->word.host() == fields.word);
  RC_ASSERT(echo_word(view->header->identifier(), view->header->sequence()) == fields.word);
  RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == payload);
  message[4] ^= 1;
  RC_ASSERT(verify_checksum(*parse_icmpv6(message), kPseudo).error() == Malformed::kBadChecksum);
}

TEST(Icmp, RefusesWhatIsCut) {
  EXPECT_EQ(parse_icmp(Bytes(7)).error(), Malformed::kTruncated);
  EXPECT_EQ(parse_icmpv6(Bytes(7)).error(), Malformed::kTruncated);
}

TEST(Icmp, KnowsWhichMessagesAreErrors) {
  for (unsigned type = 0; type < 256; ++type) {
    const IcmpHeader header{static_cast<IcmpType>(type), 0, {}, {}};
    EXPECT_EQ(header.is_error(), type == 3 || type == 5 || type == 11 || type == 12) << type;
    EXPECT_EQ(header.is_echo(), type == 0 || type == 8) << type;
    const Icmpv6Header header6{static_cast<Icmpv6Type>(type), 0, {}, {}};
    EXPECT_EQ(header6.is_error(), type < 128) << type;
    EXPECT_EQ(header6.is_echo(), type == 128 || type == 129) << type;
    EXPECT_EQ(header6.is_neighbor_discovery(), type >= 133 && type <= 137) << type;
  }
}

TEST(Icmp, AQuotedDatagramIsReadCut) {
  const Bytes datagram = built([](base::Writer& writer) {
    write_ipv4(writer, {.protocol = IpProtocol::kUdp, .source = {}, .destination = {}}, 500);
    writer.fill(8, 0);
  });
  const Bytes message = built([&](base::Writer& writer) {
    write_icmp(writer, {.type = IcmpType::kTimeExceeded}, datagram);
  });
  const auto view = parse_icmp(message);
  ASSERT_TRUE(view->header->is_error());
  EXPECT_EQ(parse_ipv4(view->payload).error(), Malformed::kBadTotalLength);
  EXPECT_EQ(parse_ipv4(view->payload, Extent::kCut)->payload.size(), 8u);
}

TEST(NeighborDiscovery, MessagesReadBack) {
  const Bytes solicitation = built(
      [](base::Writer& writer) { write_neighbor_solicitation(writer, kPseudo, kTarget, kMac); });
  const auto asked = parse_icmpv6(solicitation).value();
  EXPECT_TRUE(verify_checksum(asked, kPseudo));
  EXPECT_EQ(asked.header->type, Icmpv6Type::kNeighborSolicitation);
  const auto question = parse_neighbor(asked).value();
  EXPECT_EQ(*question.target, kTarget);
  const auto source = NdOptionReader(question.options).next();
  ASSERT_TRUE(source);
  EXPECT_EQ(source->type, NdOptionType::kSourceLinkAddress);
  EXPECT_EQ(source->mac(), kMac);

  for (unsigned flags = 0; flags < 8; ++flags) {
    const NeighborAdvertisementFields fields{.target = kTarget,
                                             .target_link = kMac,
                                             .router = (flags & 1) != 0,
                                             .solicited = (flags & 2) != 0,
                                             .replaces = (flags & 4) != 0};
    const Bytes advertisement =
        built([&](base::Writer& writer) { write_neighbor_advertisement(writer, kPseudo, fields); });
    const auto told = parse_icmpv6(advertisement).value();
    EXPECT_TRUE(verify_checksum(told, kPseudo));
    EXPECT_EQ(told.header->is_router(), fields.router);
    EXPECT_EQ(told.header->is_solicited(), fields.solicited);
    EXPECT_EQ(told.header->is_override(), fields.replaces);
    const auto answer = parse_neighbor(told).value();
    EXPECT_EQ(*answer.target, kTarget);
    EXPECT_EQ(NdOptionReader(answer.options).next()->mac(), kMac);
  }
}

TEST(NeighborDiscovery, EveryMessageHasItsLeastLength) {
  const std::pair<Icmpv6Type, std::size_t> cases[] = {
      {Icmpv6Type::kRouterSolicitation, 0},
      {Icmpv6Type::kRouterAdvertisement, 8},
      {Icmpv6Type::kNeighborSolicitation, 16},
      {Icmpv6Type::kNeighborAdvertisement, 16},
      {Icmpv6Type::kRedirect, 32},
  };
  for (const auto& [type, length] : cases) {
    for (std::size_t size = 0; size < 40; ++size) {
      Bytes message(8 + size);
      message[0] = static_cast<std::uint8_t>(type);
      const auto view = parse_icmpv6(message).value();
      const auto neighbor = parse_neighbor(view);
      ASSERT_EQ(neighbor.has_value(), size >= length) << int{message[0]} << " " << size;
      if (neighbor) {
        EXPECT_EQ(neighbor->options.size(), size - length);
        EXPECT_EQ(neighbor->destination != nullptr, type == Icmpv6Type::kRedirect);
        EXPECT_EQ(neighbor->timers != nullptr, type == Icmpv6Type::kRouterAdvertisement);
      } else {
        EXPECT_EQ(neighbor.error(), Malformed::kTruncated);
      }
    }
  }
}

TEST(NdOptions, RefuseLengthsThatMakeNoSense) {
  for (const Bytes& options : {Bytes{1}, Bytes{1, 0}, Bytes{1, 0, 0, 0, 0, 0, 0, 0},
                               Bytes{1, 1, 0, 0, 0, 0, 0}, Bytes{1, 2, 0, 0, 0, 0, 0, 0}}) {
    NdOptionReader reader(options);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.problem(), Malformed::kBadOption);
    EXPECT_FALSE(reader.next());
  }
}

TEST(NdOptions, AreLimited) {
  Bytes options;
  for (std::size_t i = 0; i <= kNdOptionsMax; ++i) {
    options.insert(options.end(), {14, 1, 0, 0, 0, 0, 0, 0});
  }
  NdOptionReader reader(options);
  std::size_t count = 0;
  while (reader.next()) {
    ++count;
  }
  EXPECT_EQ(count, kNdOptionsMax);
  EXPECT_EQ(reader.problem(), Malformed::kTooManyHeaders);
}

}  // namespace
}  // namespace superfluid::net
