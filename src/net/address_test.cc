// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "net/prefix.h"

namespace superfluid::net {
namespace {

TEST(MacAddress, ReadsTheFormsThatPeopleWrite) {
  const MacAddress expected{{0x02, 0x00, 0x0a, 0xbc, 0xde, 0x0f}};
  for (const char* text : {"02:00:0a:bc:de:0f", "2:0:a:bc:de:f", "02-00-0A-BC-DE-0F"}) {
    const auto parsed = parse_mac(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, expected) << text;
  }
  EXPECT_EQ(to_text(expected).view(), "02:00:0a:bc:de:0f");
}

TEST(MacAddress, RefusesAnythingElse) {
  for (const char* text :
       {"", ":", "02:00:00:00:00", "02:00:00:00:00:01:02", "02:00:00:00:00:", "02:00:00:00:00:001",
        "02:00:00:00:00:0g", "02:00-00:00:00:01", " 02:00:00:00:00:01", "02:00:00:00:00:01 ",
        "0200.0000.0001", "02::00:00:00:01", "+2:0:0:0:0:1"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(MacAddress, KnowsGroups) {
  EXPECT_TRUE(MacAddress::broadcast().is_broadcast());
  EXPECT_TRUE(MacAddress::broadcast().is_multicast());
  EXPECT_TRUE((MacAddress{{0x33, 0x33, 0, 0, 0, 1}}.is_multicast()));
  EXPECT_FALSE((MacAddress{{0x02, 0xff, 0xff, 0xff, 0xff, 0xff}}.is_multicast()));
}

TEST(Ipv4Address, ReadsDottedQuadsStrictly) {
  EXPECT_EQ(parse_ipv4_address("192.0.2.1").value(), (Ipv4Address{{192, 0, 2, 1}}));
  EXPECT_EQ(parse_ipv4_address("0.0.0.0").value(), Ipv4Address{});
  EXPECT_EQ(parse_ipv4_address("255.255.255.255").value().host(), 0xffffffffu);
  for (const char* text :
       {"", ".", "192.0.2", "192.0.2.", "192.0.2.1.", "192.0.2.256", "192.0.2.01", "192.0.2.1 ",
        "192.0.2.0x1", "192.0.2.-1", "192..2.1", "3221225985", "192.0.2.99999999999999999999"}) {
    EXPECT_FALSE(parse_ipv4_address(text)) << text;
  }
}

TEST(Ipv4Address, AnErrorShowsHostileTextAndARemedy) {
  const auto refused = parse_ipv4_address("10.0.0.\n" + std::string(1000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalid);
  EXPECT_LT(refused.error().message().size(), 120u);
  EXPECT_NE(refused.error().message().find("\\x0a"), std::string::npos);
  EXPECT_NE(refused.error().remedy().find("192.0.2.1"), std::string::npos);
}

TEST(Ipv6Address, PrintsAsRfc5952Asks) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equals
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"fe80::1:2:3:4", "fe80::1:2:3:4"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::ffff:c000:201", "::ffff:192.0.2.1"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& [written, printed] : cases) {
    const auto parsed = parse_ipv6_address(written);
    ASSERT_TRUE(parsed) << written;
    EXPECT_EQ(to_text(*parsed).view(), printed) << written;
  }
}

TEST(Ipv6Address, RefusesAnythingElse) {
  for (const char* text : {"",
                           ":",
                           ":::",
                           "1",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8:",
                           "::1::2",
                           ":1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:",
                           "1:2:3:4::5:6:7:8",
                           "12345::",
                           "g::",
                           "fe80::1%eth0",
                           "::192.0.2",
                           "192.0.2.1",
                           "1:2:3:4:5:6:7:192.0.2.1",
                           "::192.0.2.1:1",
                           "::192.0.2.01",
                           "2001:db8::1 ",
                           "[::1]",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8"}) {
    EXPECT_FALSE(parse_ipv6_address(text)) << text;
  }
}

TEST(Ipv6Address, KnowsItsKinds) {
  EXPECT_TRUE(parse_ipv6_address("ff02::1")->is_multicast());
  EXPECT_TRUE(parse_ipv6_address("febf::1")->is_link_local());
  EXPECT_FALSE(parse_ipv6_address("fec0::1")->is_link_local());
  EXPECT_TRUE(parse_ipv6_address("::")->is_unspecified());
}

template <typename Address>
Address random_address() {
  Address address;
  for (std::uint8_t& byte : address.bytes) {
    // Many zeros, so that runs of all lengths occur.
    byte = *rc::gen::weightedOneOf<std::uint8_t>(
        {{2, rc::gen::just<std::uint8_t>(0)}, {1, rc::gen::arbitrary<std::uint8_t>()}});
  }
  return address;
}

RC_GTEST_PROP(AddressProperty, WhatIsPrintedReadsBack, ()) {
  const auto mac = random_address<MacAddress>();
  const auto ipv4 = random_address<Ipv4Address>();
  const auto ipv6 = random_address<Ipv6Address>();
  RC_ASSERT(parse_mac(to_text(mac)).value() == mac);
  RC_ASSERT(parse_ipv4_address(to_text(ipv4)).value() == ipv4);
  RC_ASSERT(parse_ipv6_address(to_text(ipv6)).value() == ipv6);
  RC_ASSERT(Ipv4Address::from_host(ipv4.host()) == ipv4);
}

RC_GTEST_PROP(PrefixProperty, WhatIsPrintedReadsBack, ()) {
  const auto prefix4 = *Ipv4Prefix::make(random_address<Ipv4Address>(), *rc::gen::inRange(0u, 33u));
  const auto prefix6 =
      *Ipv6Prefix::make(random_address<Ipv6Address>(), *rc::gen::inRange(0u, 129u));
  RC_ASSERT(parse_ipv4_prefix(to_text(prefix4)).value() == prefix4);
  RC_ASSERT(parse_ipv6_prefix(to_text(prefix6)).value() == prefix6);
}

RC_GTEST_PROP(PrefixProperty, ContainsWhatSharesItsBits, ()) {
  const auto base = random_address<Ipv4Address>();
  const auto other = random_address<Ipv4Address>();
  const unsigned length = *rc::gen::inRange(0u, 33u);
  const std::uint64_t mask = 0xffffffff00000000u >> length & 0xffffffffu;
  RC_ASSERT(Ipv4Prefix::make(base, length)->contains(other) ==
            ((base.host() & mask) == (other.host() & mask)));
}

TEST(Prefix, RefusesWhatIsAmbiguous) {
  EXPECT_EQ(parse_ipv4_prefix("0.0.0.0/0").value(), Ipv4Prefix{});
  EXPECT_EQ(parse_ipv6_prefix("2001:db8::/32")->length(), 32u);
  for (const char* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8",
                           "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0/8", "/8", "::/0"}) {
    EXPECT_FALSE(parse_ipv4_prefix(text)) << text;
  }
  for (const char* text : {"::", "::/129", "::1/127/", "2001:db8::1/64", "10.0.0.0/8"}) {
    EXPECT_FALSE(parse_ipv6_prefix(text)) << text;
  }
  EXPECT_FALSE(Ipv4Prefix::make({}, 33));
  const auto host_bits = parse_ipv4_prefix("10.0.0.1/8");
  EXPECT_EQ(host_bits.error().remedy(),
            "write 10.0.0.0/8 for the range, or 10.0.0.1/32 for the one address");
}

// Comparing numbers says the same as comparing bytes does.
template <typename Address>
void expect_order_of_bytes() {
  const auto a = *rc::gen::arbitrary<decltype(Address::bytes)>();
  auto b = *rc::gen::element(a, *rc::gen::arbitrary<decltype(Address::bytes)>());
  const auto at = *rc::gen::inRange<std::size_t>(0, b.size());
  b[at] = *rc::gen::element(b[at], *rc::gen::arbitrary<std::uint8_t>());
  const Address left{a};
  const Address right{b};
  RC_ASSERT((left == right) == (a == b));
  RC_ASSERT((left < right) == (a < b));
  RC_ASSERT((left > right) == (a > b));
}

RC_GTEST_PROP(MacAddress, OrdersByItsBytes, ()) { expect_order_of_bytes<MacAddress>(); }
RC_GTEST_PROP(Ipv4Address, OrdersByItsBytes, ()) { expect_order_of_bytes<Ipv4Address>(); }
RC_GTEST_PROP(Ipv6Address, OrdersByItsBytes, ()) { expect_order_of_bytes<Ipv6Address>(); }

}  // namespace
}  // namespace superfluid::net
