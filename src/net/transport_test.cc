// SPDX-License-Identifier: Apache-2.0
// UDP, TCP with its options, SCTP with its chunks.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/sample_packets.h"
#include "net/sctp.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::net {
namespace {

using testing::built;
using testing::Bytes;

const PseudoHeader kPseudo4(Ipv4Address{{192, 0, 2, 1}}, Ipv4Address{{10, 0, 0, 1}});
const PseudoHeader kPseudo6(Ipv6Address{{0x20, 1, 0xd, 0xb8}}, Ipv6Address{{0xfe, 0x80}});

Bytes any_bytes(std::size_t length_max) {
  return *rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(0, length_max + 1),
                                    rc::gen::arbitrary<std::uint8_t>());
}

Bytes copy_of(base::ByteView view) { return {view.begin(), view.end()}; }

RC_GTEST_PROP(UdpProperty, WhatIsBuiltReadsBack, ()) {
  const UdpFields fields{
      .source_port = *rc::gen::arbitrary<std::uint16_t>(),
      .destination_port = *rc::gen::arbitrary<std::uint16_t>(),
      .checksum = *rc::gen::element(UdpChecksum::kFull, UdpChecksum::kNone),
  };
  const bool ipv6 = *rc::gen::arbitrary<bool>();
  const PseudoHeader& pseudo = ipv6 ? kPseudo6 : kPseudo4;
  const Bytes payload = any_bytes(100);
  const Bytes datagram = built([&](base::Writer& writer) {
    write_udp(writer, fields, pseudo, payload);
    writer.fill(*rc::gen::inRange<std::size_t>(0, 9), 0xaa);  // beyond UDP's own length
  });
  const auto view = parse_udp(datagram);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->header->source_port.host() == fields.source_port);
  RC_ASSERT(view->header->destination_port.host() == fields.destination_port);
  RC_ASSERT(copy_of(view->payload) == payload);
  const bool full = fields.checksum == UdpChecksum::kFull;
  RC_ASSERT((view->header->checksum.raw() != 0) == full);
  RC_ASSERT(verify_checksum(*view, pseudo).has_value() == (full || !ipv6));
}

TEST(Udp, EveryLengthIsChecked) {
  Bytes datagram = built([](base::Writer& writer) { write_udp(writer, {}, kPseudo4, Bytes(4)); });
  for (const std::uint8_t length : Bytes{0, 7, 13, 255}) {
    datagram[5] = length;
    EXPECT_EQ(parse_udp(datagram).error(), Malformed::kBadTotalLength) << int{length};
  }
  EXPECT_EQ(parse_udp(datagram, Extent::kCut)->payload.size(), 4u);
  datagram[5] = 7;
  EXPECT_EQ(parse_udp(datagram, Extent::kCut).error(), Malformed::kBadTotalLength);
  EXPECT_EQ(parse_udp(base::ByteView(datagram).first(7)).error(), Malformed::kTruncated);
}

TEST(Udp, ChecksumSeesAChange) {
  Bytes datagram =
      built([](base::Writer& writer) { write_udp(writer, {}, kPseudo6, Bytes(5, 1)); });
  EXPECT_TRUE(verify_checksum(*parse_udp(datagram), kPseudo6));
  EXPECT_FALSE(verify_checksum(*parse_udp(datagram), kPseudo4));
  datagram.back() ^= 1;
  EXPECT_EQ(verify_checksum(*parse_udp(datagram), kPseudo6).error(), Malformed::kBadChecksum);
}

TEST(Udp, ABuilderRefusesWhatDoesNotFit) {
  std::vector<std::uint8_t> room(70000);
  const Bytes payload(0xffff - 7);
  base::Writer writer(room);
  EXPECT_TRUE(write_udp(writer, {}, kPseudo4, base::ByteView(payload).first(0xffff - 8)));
  base::Writer second(room);
  EXPECT_FALSE(write_udp(second, {}, kPseudo4, payload));
  EXPECT_FALSE(second.ok());
}

TcpOptions any_options() {
  TcpOptions options;
  if (*rc::gen::arbitrary<bool>()) {
    options.mss = *rc::gen::arbitrary<std::uint16_t>();
  }
  if (*rc::gen::arbitrary<bool>()) {
    options.window_scale = *rc::gen::arbitrary<std::uint8_t>();
  }
  options.sack_permitted = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) {
    options.timestamps =
        TcpTimestamps{*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::uint32_t>()};
  }
  const auto blocks = *rc::gen::inRange<std::size_t>(0, kTcpSackBlocksMax + 1);
  for (std::size_t i = 0; i < blocks; ++i) {
    options.sack.push_back(
        {*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::uint32_t>()});
  }
  return options;
}

RC_GTEST_PROP(TcpProperty, WhatIsBuiltReadsBack, ()) {
  const TcpOptions options = any_options();
  std::array<std::uint8_t, 64> room{};
  base::Writer option_writer(room);
  const bool fit = write_tcp_options(option_writer, options);
  const std::size_t bytes = (options.mss ? 4u : 0u) + (options.window_scale ? 3u : 0u) +
                            (options.sack_permitted ? 2u : 0u) + (options.timestamps ? 10u : 0u) +
                            (options.sack.empty() ? 0u : 2u + 8u * options.sack.size());
  RC_ASSERT(fit == (bytes <= kTcpOptionsBytesMax));
  RC_PRE(fit);
  const TcpFields fields{
      .source_port = *rc::gen::arbitrary<std::uint16_t>(),
      .destination_port = *rc::gen::arbitrary<std::uint16_t>(),
      .sequence = *rc::gen::arbitrary<std::uint32_t>(),
      .acknowledgment = *rc::gen::arbitrary<std::uint32_t>(),
      .flags = *rc::gen::arbitrary<std::uint8_t>(),
      .window = *rc::gen::arbitrary<std::uint16_t>(),
      .urgent_pointer = *rc::gen::arbitrary<std::uint16_t>(),
      .options = option_writer.written(),
  };
  const Bytes payload = any_bytes(100);
  const PseudoHeader& pseudo = *rc::gen::arbitrary<bool>() ? kPseudo6 : kPseudo4;
  const Bytes segment =
      built([&](base::Writer& writer) { write_tcp(writer, fields, pseudo, payload); });
  const auto view = parse_tcp(segment);
  RC_ASSERT(view.has_value());
  RC_ASSERT(verify_checksum(*view, pseudo).has_value());
  const TcpHeader& header = *view->header;
  RC_ASSERT(header.source_port.host() == fields.source_port);
  RC_ASSERT(header.destination_port.host() == fields.destination_port);
  RC_ASSERT(header.sequence.host() == fields.sequence);
  RC_ASSERT(header.acknowledgment.host() == fields.acknowledgment);
  RC_ASSERT(header.flags == fields.flags);
  RC_ASSERT(header.window.host() == fields.window);
  RC_ASSERT(header.urgent_pointer.host() == fields.urgent_pointer);
  RC_ASSERT(copy_of(view->payload) == payload);
  const auto parsed = parse_tcp_options(view->options);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == options);
}

TEST(Tcp, EveryLengthIsChecked) {
  Bytes segment = built([](base::Writer& writer) { write_tcp(writer, {}, kPseudo4, Bytes(3)); });
  EXPECT_EQ(parse_tcp(base::ByteView(segment).first(19)).error(), Malformed::kTruncated);
  for (const unsigned words : {0u, 1u, 4u, 6u, 15u}) {
    segment[12] = static_cast<std::uint8_t>(words << 4);
    EXPECT_EQ(parse_tcp(segment).error(), Malformed::kBadHeaderLength) << words;
  }
}

TEST(Tcp, ChecksumSeesAChange) {
  Bytes segment = built([](base::Writer& writer) { write_tcp(writer, {}, kPseudo4, Bytes(3, 9)); });
  segment[4] ^= 0x80;
  EXPECT_EQ(verify_checksum(*parse_tcp(segment), kPseudo4).error(), Malformed::kBadChecksum);
}

TEST(TcpOptions, RefuseAKnownKindWithALengthNotItsOwn) {
  for (const Bytes& options : {
           Bytes{2, 3, 0},                    // MSS of one byte
           Bytes{2, 5, 0, 0, 0},              // and of three
           Bytes{3, 2},                       // window scale of none
           Bytes{3, 4, 0, 0},                 // and of two
           Bytes{4, 3, 0},                    // SACK permitted with a byte
           Bytes{8, 9, 0, 0, 0, 0, 0, 0, 0},  // timestamps of seven bytes
           Bytes{8, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0},
           Bytes{5, 2},              // SACK without a block
           Bytes{5, 6, 0, 0, 0, 0},  // and with half of one
           Bytes{2, 4, 0},           // cut
           Bytes{254, 1},
       }) {
    ASSERT_FALSE(parse_tcp_options(options)) << int{options[0]} << " " << int{options[1]};
    EXPECT_EQ(parse_tcp_options(options).error(), Malformed::kBadOption);
  }
  Bytes five_blocks(2 + 5 * 8);
  five_blocks[0] = 5;
  five_blocks[1] = 42;
  EXPECT_EQ(parse_tcp_options(five_blocks).error(), Malformed::kBadOption);
}

TEST(TcpOptions, PassOverUnknownKindsAndTakeTheLastOfTwo) {
  const auto options = parse_tcp_options(Bytes{253, 4, 1, 2, 2, 4, 0, 1, 1, 2, 4, 0, 2, 0, 2, 3});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mss, 2);
  const auto sacks =
      parse_tcp_options(Bytes{5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4});
  ASSERT_TRUE(sacks);
  ASSERT_EQ(sacks->sack.size(), 1u);
  EXPECT_EQ(sacks->sack[0], (TcpSackBlock{3, 4}));
}

RC_GTEST_PROP(SctpProperty, WhatIsBuiltReadsBack, ()) {
  const SctpFields fields{
      .source_port = *rc::gen::arbitrary<std::uint16_t>(),
      .destination_port = *rc::gen::arbitrary<std::uint16_t>(),
      .verification_tag = *rc::gen::arbitrary<std::uint32_t>(),
  };
  std::vector<std::pair<SctpChunk, Bytes>> chunks(*rc::gen::inRange<std::size_t>(0, 6));
  for (auto& [chunk, value] : chunks) {
    value = any_bytes(30);
    chunk = {static_cast<SctpChunkType>(*rc::gen::arbitrary<std::uint8_t>()),
             *rc::gen::arbitrary<std::uint8_t>(), value};
  }
  const Bytes list = built([&](base::Writer& writer) {
    for (const auto& [chunk, value] : chunks) {
      write_sctp_chunk(writer, chunk);
    }
  });
  const Bytes packet = built([&](base::Writer& writer) { write_sctp(writer, fields, list); });
  const auto view = parse_sctp(packet);
  RC_ASSERT(view.has_value());
  RC_ASSERT(verify_checksum(*view).has_value());
  RC_ASSERT(view->header->source_port.host() == fields.source_port);
  RC_ASSERT(view->header->destination_port.host() == fields.destination_port);
  RC_ASSERT(view->header->verification_tag.host() == fields.verification_tag);
  SctpChunkReader reader(*view);
  for (const auto& [chunk, value] : chunks) {
    const auto read = reader.next();
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->type == chunk.type);
    RC_ASSERT(read->flags == chunk.flags);
    RC_ASSERT(copy_of(read->value) == value);
  }
  RC_ASSERT(!reader.next());
  RC_ASSERT(!reader.problem());
}

TEST(Sctp, ChecksumSeesAChangeAnywhere) {
  const Bytes packet = built([](base::Writer& writer) {
    write_sctp(writer, {.source_port = 1, .destination_port = 2, .verification_tag = 3},
               Bytes{11, 0, 0, 4});
  });
  for (std::size_t at = 0; at < packet.size(); ++at) {
    Bytes changed = packet;
    changed[at] ^= 0x10;
    EXPECT_EQ(verify_checksum(*parse_sctp(changed)).error(), Malformed::kBadChecksum) << at;
  }
  EXPECT_EQ(parse_sctp(base::ByteView(packet).first(11)).error(), Malformed::kTruncated);
}

std::optional<Malformed> chunk_problem(const Bytes& chunks, std::size_t* count = nullptr) {
  const Bytes packet = built([&](base::Writer& writer) { write_sctp(writer, {}, chunks); });
  SctpChunkReader reader(*parse_sctp(packet));
  std::size_t walked = 0;
  while (reader.next()) {
    ++walked;
  }
  if (count != nullptr) {
    *count = walked;
  }
  return reader.problem();
}

TEST(SctpChunks, RefuseLengthsThatMakeNoSense) {
  EXPECT_EQ(chunk_problem({0, 0, 0}), Malformed::kTruncated);
  EXPECT_EQ(chunk_problem({0, 0, 0, 0}), Malformed::kBadOption);
  EXPECT_EQ(chunk_problem({0, 0, 0, 3}), Malformed::kBadOption);
  EXPECT_EQ(chunk_problem({0, 0, 0, 5}), Malformed::kBadOption);
  EXPECT_EQ(chunk_problem({0, 0, 255, 255, 1, 2, 3, 4}), Malformed::kBadOption);
  EXPECT_EQ(chunk_problem({0, 0, 0, 5, 1}), std::nullopt) << "the last padding may be missing";
}

TEST(SctpChunks, AreLimited) {
  const auto cookies = [](std::size_t count) {
    return built([&](base::Writer& writer) {
      for (std::size_t i = 0; i < count; ++i) {
        write_sctp_chunk(writer, {SctpChunkType::kCookieAck, 0, {}});
      }
    });
  };
  std::size_t count = 0;
  EXPECT_EQ(chunk_problem(cookies(kSctpChunksMax), &count), std::nullopt);
  EXPECT_EQ(count, kSctpChunksMax);
  EXPECT_EQ(chunk_problem(cookies(kSctpChunksMax + 1), &count), Malformed::kTooManyHeaders);
  EXPECT_EQ(count, kSctpChunksMax);
}

}  // namespace
}  // namespace superfluid::net
