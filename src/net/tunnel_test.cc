// SPDX-License-Identifier: Apache-2.0
// VXLAN and GTP-U.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/gtpu.h"
#include "net/sample_packets.h"
#include "net/vxlan.h"

namespace superfluid::net {
namespace {

using testing::built;
using testing::Bytes;

RC_GTEST_PROP(VxlanProperty, WhatIsBuiltReadsBack, ()) {
  const auto network = *rc::gen::inRange<std::uint32_t>(0, 1u << 24);
  const Bytes frame = *rc::gen::arbitrary<Bytes>();
  const Bytes bytes = built([&](base::Writer& writer) {
    write_vxlan(writer, network);
    writer.bytes(frame);
  });
  const auto view = parse_vxlan(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->header->network() == network);
  RC_ASSERT(Bytes(view->frame.begin(), view->frame.end()) == frame);
}

TEST(Vxlan, NeedsTheFlagAndIgnoresReservedBits) {
  Bytes bytes{0x08, 0, 0, 0, 0, 0, 5, 0};
  bytes[0] = 0xf7;
  EXPECT_EQ(parse_vxlan(bytes).error(), Malformed::kBadValue);
  bytes = {0xff, 0xff, 0xff, 0xff, 0, 0, 5, 0xff};
  EXPECT_EQ(parse_vxlan(bytes)->header->network(), 5u);
  bytes.pop_back();
  EXPECT_EQ(parse_vxlan(bytes).error(), Malformed::kTruncated);
}

RC_GTEST_PROP(GtpuProperty, WhatIsBuiltReadsBack, ()) {
  GtpuFields fields{
      .message = static_cast<GtpuMessage>(*rc::gen::arbitrary<std::uint8_t>()),
      .teid = *rc::gen::arbitrary<std::uint32_t>(),
  };
  if (*rc::gen::arbitrary<bool>()) {
    fields.sequence = *rc::gen::arbitrary<std::uint16_t>();
  }
  if (*rc::gen::arbitrary<bool>()) {
    fields.npdu = *rc::gen::arbitrary<std::uint8_t>();
  }
  std::vector<Bytes> contents(*rc::gen::inRange<std::size_t>(0, kGtpuExtensionsMax + 1));
  std::vector<GtpuExtension> extensions;
  for (Bytes& content : contents) {
    content = *rc::gen::container<Bytes>(4 * *rc::gen::inRange<std::size_t>(0, 5) + 2,
                                         rc::gen::arbitrary<std::uint8_t>());
    extensions.push_back({static_cast<GtpuExtensionType>(*rc::gen::inRange(1, 256)), content});
  }
  fields.extensions = extensions;
  const Bytes payload = *rc::gen::arbitrary<Bytes>();
  const Bytes bytes = built([&](base::Writer& writer) {
    write_gtpu(writer, fields, payload.size());
    writer.bytes(payload);
    writer.fill(*rc::gen::inRange<std::size_t>(0, 5), 0xaa);  // behind the stated length
  });
  const auto view = parse_gtpu(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->header->message == fields.message);
  RC_ASSERT(view->header->teid.host() == fields.teid);
  RC_ASSERT(view->sequence() == fields.sequence);
  RC_ASSERT(view->npdu() == fields.npdu);
  RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == payload);
  GtpuExtensionReader reader(*view);
  for (const GtpuExtension& extension : extensions) {
    const auto read = reader.next();
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->type == extension.type);
    RC_ASSERT(std::ranges::equal(read->content, extension.content));
  }
  RC_ASSERT(!reader.next());
  RC_ASSERT(!reader.problem());
}

TEST(Gtpu, LiesOnTheWireAsItShould) {
  const std::array<std::uint8_t, 2> container{0x10, 0x09};
  const std::array<GtpuExtension, 1> extensions{
      {{GtpuExtensionType::kPduSessionContainer, container}}};
  const Bytes bytes = built([&](base::Writer& writer) {
    write_gtpu(writer, {.teid = 0x01020304, .sequence = 0x0506, .extensions = extensions}, 100);
  });
  EXPECT_EQ(bytes, (Bytes{0x36, 255, 0, 108, 1, 2, 3, 4, 5, 6, 0, 0x85, 1, 0x10, 0x09, 0}));
}

TEST(Gtpu, SpeaksVersionOneOnly) {
  Bytes bytes(8);
  for (unsigned flags = 0; flags < 256; ++flags) {
    bytes[0] = static_cast<std::uint8_t>(flags);
    const auto view = parse_gtpu(bytes);
    if (flags >> 4 != 3) {
      EXPECT_EQ(view.error(), Malformed::kBadVersion) << flags;
    } else if ((flags & 7) != 0) {
      EXPECT_EQ(view.error(), Malformed::kBadTotalLength) << "no room for the optional part";
    } else {
      EXPECT_TRUE(view) << flags;
    }
  }
}

TEST(Gtpu, EveryLengthIsChecked) {
  Bytes bytes = built([](base::Writer& writer) {
    write_gtpu(writer, {.sequence = 1}, 4);
    writer.fill(4, 0);
  });
  bytes[3] = 9;
  EXPECT_EQ(parse_gtpu(bytes).error(), Malformed::kBadTotalLength);
  bytes[3] = 3;
  EXPECT_EQ(parse_gtpu(bytes).error(), Malformed::kBadTotalLength);
  bytes[3] = 4;
  EXPECT_TRUE(parse_gtpu(bytes)->payload.empty());
  EXPECT_EQ(parse_gtpu(base::ByteView(bytes).first(7)).error(), Malformed::kTruncated);
}

TEST(Gtpu, ExtensionsThatMakeNoSenseAreRefused) {
  const auto refusal = [](const Bytes& extensions) -> std::optional<Malformed> {
    const Bytes bytes = built([&](base::Writer& writer) {
      writer.bytes(Bytes{0x34, 255, 0, static_cast<std::uint8_t>(4 + extensions.size())});
      writer.bytes(Bytes{0, 0, 0, 0, 0, 0, 0, 0x40});
      writer.bytes(extensions);
    });
    const auto view = parse_gtpu(bytes);
    return view ? std::nullopt : std::optional(view.error());
  };
  EXPECT_EQ(refusal({1, 0, 0, 0}), std::nullopt);
  EXPECT_EQ(refusal({}), Malformed::kBadOption);
  EXPECT_EQ(refusal({0, 0, 0, 0}), Malformed::kBadOption) << "a length of zero would never end";
  EXPECT_EQ(refusal({1, 0, 0}), Malformed::kBadOption);
  EXPECT_EQ(refusal({2, 0, 0, 0}), Malformed::kBadOption);
  EXPECT_EQ(refusal({1, 0, 0, 0x40}), Malformed::kBadOption) << "one more is announced";
  Bytes chain;
  for (std::size_t i = 1; i < kGtpuExtensionsMax; ++i) {
    chain.insert(chain.end(), {1, 0, 0, 0x40});
  }
  chain.insert(chain.end(), {1, 0, 0, 0});
  EXPECT_EQ(refusal(chain), std::nullopt);
  chain.back() = 0x40;
  chain.insert(chain.end(), {1, 0, 0, 0});
  EXPECT_EQ(refusal(chain), Malformed::kTooManyHeaders);
}

TEST(Gtpu, AnUnsetFlagHidesItsField) {
  // Only the sequence flag is set; the N-PDU number and the extension type are noise.
  const Bytes bytes{0x32, 255, 0, 4, 0, 0, 0, 1, 0x12, 0x34, 0x56, 0x85};
  const auto view = parse_gtpu(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->sequence(), 0x1234);
  EXPECT_EQ(view->npdu(), std::nullopt);
  EXPECT_EQ(view->first_extension(), GtpuExtensionType::kNone);
}

TEST(Gtpu, ABuilderRefusesWhatDoesNotFit) {
  std::array<std::uint8_t, 64> room{};
  base::Writer writer(room);
  EXPECT_TRUE(write_gtpu(writer, {}, 0xffff));
  EXPECT_FALSE(write_gtpu(writer, {.sequence = 1}, 0xffff - 3));
  EXPECT_FALSE(writer.ok());
}

RC_GTEST_PROP(PduSessionProperty, WhatIsBuiltReadsBack, ()) {
  PduSessionContainer container{
      .type = *rc::gen::element(PduSessionType::kDownlink, PduSessionType::kUplink),
      .qfi = *rc::gen::inRange<std::uint8_t>(0, 64),
  };
  if (container.type == PduSessionType::kDownlink) {
    container.rqi = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) {
      container.ppi = *rc::gen::inRange<std::uint8_t>(0, 8);
    }
  }
  const Bytes content =
      built([&](base::Writer& writer) { write_pdu_session_container(writer, container); });
  RC_ASSERT(content.size() % 4 == 2u);
  const auto parsed = parse_pdu_session_container(content);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == container);
}

TEST(PduSession, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(parse_pdu_session_container(Bytes{0x10}).error(), Malformed::kTruncated);
  EXPECT_EQ(parse_pdu_session_container(Bytes{0x20, 0}).error(), Malformed::kBadValue);
  EXPECT_EQ(parse_pdu_session_container(Bytes{0x00, 0x80}).error(), Malformed::kTruncated)
      << "a paging policy is announced";
}

TEST(GtpuElements, ReadBack) {
  const Bytes bytes = built([](base::Writer& writer) {
    write_gtpu_recovery(writer);
    write_gtpu_teid(writer, 0x01020304);
    write_gtpu_peer_address(writer, Ipv4Address{{192, 0, 2, 1}});
    write_gtpu_peer_address(writer, Ipv6Address{{0x20, 0x01}});
  });
  GtpuElementReader reader(bytes);
  std::vector<std::pair<GtpuElementType, std::size_t>> found;
  while (const auto element = reader.next()) {
    found.emplace_back(element->type, element->value.size());
  }
  EXPECT_EQ(reader.problem(), std::nullopt);
  EXPECT_EQ(found, (std::vector<std::pair<GtpuElementType, std::size_t>>{
                       {GtpuElementType::kRecovery, 1},
                       {GtpuElementType::kTeid, 4},
                       {GtpuElementType::kPeerAddress, 4},
                       {GtpuElementType::kPeerAddress, 16}}));
}

TEST(GtpuElements, RefuseWhatTheyCannotMeasure) {
  for (const Bytes& bytes : {Bytes{14}, Bytes{16, 0, 0, 0}, Bytes{133}, Bytes{133, 0},
                             Bytes{133, 0, 4, 1, 2, 3}, Bytes{133, 255, 255}, Bytes{15, 0, 0}}) {
    GtpuElementReader reader(bytes);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.problem(), Malformed::kBadOption) << int{bytes[0]};
  }
  Bytes many;
  for (std::size_t i = 0; i <= kGtpuElementsMax; ++i) {
    many.insert(many.end(), {255, 0, 0});
  }
  GtpuElementReader reader(many);
  while (reader.next()) {
  }
  EXPECT_EQ(reader.problem(), Malformed::kTooManyHeaders);
}

}  // namespace
}  // namespace superfluid::net
