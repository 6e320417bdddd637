// SPDX-License-Identifier: Apache-2.0
// Ethernet, VLAN tags, ARP.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/arp.h"
#include "net/ethernet.h"
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

RC_GTEST_PROP(EthernetProperty, WhatIsBuiltReadsBack, ()) {
  const EthernetFields fields{any_address<MacAddress>(), any_address<MacAddress>(),
                              static_cast<EtherType>(*rc::gen::inRange<int>(0x600, 0x10000))};
  const Bytes payload = *rc::gen::arbitrary<Bytes>();
  const Bytes frame = built([&](base::Writer& writer) {
    write_ethernet(writer, fields);
    writer.bytes(payload);
  });
  const auto view = parse_ethernet(frame);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->header->destination == fields.destination);
  RC_ASSERT(view->header->source == fields.source);
  RC_ASSERT(view->header->ethertype() == fields.ethertype);
  RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == payload);
}

TEST(Ethernet, LiesOnTheWireAsItShould) {
  const Bytes frame = built([](base::Writer& writer) {
    write_ethernet(writer, {{{1, 2, 3, 4, 5, 6}}, {{7, 8, 9, 10, 11, 12}}, EtherType::kVlan});
    write_vlan(
        writer,
        {.priority = 5, .drop_eligible = true, .vlan = 0xabc, .ethertype = EtherType::kIpv6});
  });
  EXPECT_EQ(frame, (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x81, 0, 0xba, 0xbc, 0x86, 0xdd}));
}

TEST(Ethernet, An802Dot3LengthCutsThePadding) {
  Bytes frame(60);
  frame[13] = 3;
  EXPECT_EQ(parse_ethernet(frame)->payload.size(), 3u);
  frame[13] = 46;
  EXPECT_EQ(parse_ethernet(frame)->payload.size(), 46u);
  frame[13] = 47;
  EXPECT_EQ(parse_ethernet(frame).error(), Malformed::kBadTotalLength);
  frame[12] = 0x05;  // the largest value that is a length
  frame[13] = 0xff;
  EXPECT_EQ(parse_ethernet(frame).error(), Malformed::kBadTotalLength);
  frame[12] = 0x06;  // the smallest that is a type
  frame[13] = 0x00;
  EXPECT_EQ(parse_ethernet(frame)->payload.size(), 46u);
  EXPECT_EQ(parse_ethernet(base::ByteView(frame).first(13)).error(), Malformed::kTruncated);
}

RC_GTEST_PROP(VlanProperty, WhatIsBuiltReadsBack, ()) {
  const VlanFields fields{*rc::gen::inRange(0u, 8u), *rc::gen::arbitrary<bool>(),
                          *rc::gen::inRange<std::uint16_t>(0, 4096), EtherType::kArp};
  const Bytes bytes = built([&](base::Writer& writer) { write_vlan(writer, fields); });
  const auto view = parse_vlan(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->tag->priority() == fields.priority);
  RC_ASSERT(view->tag->drop_eligible() == fields.drop_eligible);
  RC_ASSERT(view->tag->vlan() == fields.vlan);
  RC_ASSERT(view->tag->ethertype() == fields.ethertype);
  RC_ASSERT(view->payload.empty());
}

TEST(Vlan, RefusesWhatIsCut) {
  EXPECT_EQ(parse_vlan(Bytes{0, 1, 8}).error(), Malformed::kTruncated);
  EXPECT_EQ(parse_vlan(Bytes{0, 1, 0, 2, 0}).error(), Malformed::kBadTotalLength);
}

RC_GTEST_PROP(ArpProperty, WhatIsBuiltReadsBack, ()) {
  const ArpFields fields{static_cast<ArpOperation>(*rc::gen::arbitrary<std::uint16_t>()),
                         any_address<MacAddress>(), any_address<Ipv4Address>(),
                         any_address<MacAddress>(), any_address<Ipv4Address>()};
  const Bytes bytes = built([&](base::Writer& writer) { write_arp(writer, fields); });
  const auto header = parse_arp(bytes);
  RC_ASSERT(header.has_value());
  RC_ASSERT((*header)->operation() == fields.operation);
  RC_ASSERT((*header)->sender_mac == fields.sender_mac);
  RC_ASSERT((*header)->sender_ip == fields.sender_ip);
  RC_ASSERT((*header)->target_mac == fields.target_mac);
  RC_ASSERT((*header)->target_ip == fields.target_ip);
}

TEST(Arp, SpeaksIpv4OverEthernetOnly) {
  const Bytes good = built([](base::Writer& writer) {
    write_arp(writer, {ArpOperation::kRequest, {}, {}, {}, {}});
  });
  for (const std::size_t at : {0, 1, 2, 3, 4, 5}) {
    Bytes bad = good;
    ++bad[at];
    ASSERT_FALSE(parse_arp(bad)) << at;
    EXPECT_EQ(parse_arp(bad).error(), Malformed::kBadValue) << at;
  }
  EXPECT_EQ(parse_arp(base::ByteView(good).first(27)).error(), Malformed::kTruncated);
}

}  // namespace
}  // namespace superfluid::net
