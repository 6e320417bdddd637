// SPDX-License-Identifier: Apache-2.0
#include "os/link.h"

#include <gtest/gtest.h>

namespace superfluid::os {
namespace {

TEST(Link, NamesAreCheckedBeforeTheKernelSeesThem) {
  for (const char* good : {"eth0", "a", "fifteen-letters", "br.lan", "x_y@z"}) {
    EXPECT_TRUE(check_link_name(good).has_value()) << good;
  }
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("sixteen-letters-"), std::string_view("."),
        std::string_view(".."), std::string_view("a/b"), std::string_view("a b"),
        std::string_view("a\tb"), std::string_view("a:b"), std::string_view("tap%d"),
        std::string_view("a\0b", 3), std::string_view("\xc3\xa4")}) {
    const auto refused = check_link_name(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalid);
  }
}

TEST(Link, ParsesPrefixesOfBothVersions) {
  const auto v4 = IpPrefix::parse("192.0.2.1/24");
  ASSERT_TRUE(v4.has_value());
  EXPECT_FALSE(v4->address.is_v6);
  EXPECT_EQ(v4->length, 24u);
  EXPECT_EQ(v4->address.bytes().size(), 4u);
  EXPECT_EQ(v4->address.octets[3], 1);
  const auto v6 = IpPrefix::parse("2001:db8::1/64");
  ASSERT_TRUE(v6.has_value());
  EXPECT_TRUE(v6->address.is_v6);
  EXPECT_EQ(v6->address.bytes()[15], 1);
  EXPECT_TRUE(IpPrefix::parse("0.0.0.0/0").has_value());
  EXPECT_TRUE(IpPrefix::parse("::/128").has_value());
}

TEST(Link, RefusesWhatIsNoPrefix) {
  for (const char* bad :
       {"", "/", "192.0.2.1", "192.0.2.1/", "192.0.2.1/33", "192.0.2/24", "192.0.2.1/-1",
        "192.0.2.1/ 8", "2001:db8::1/129", "192.0.2.1/24x", "010.0.0.1/8", "2001:db8::g/64"}) {
    EXPECT_FALSE(IpPrefix::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(IpAddress::parse(std::string("192.0.2.1\0x", 11)).has_value());
}

}  // namespace
}  // namespace superfluid::os
