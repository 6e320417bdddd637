// SPDX-License-Identifier: Apache-2.0
#include "superfluid/packet/hex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace superfluid::packet {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::string complaint(std::string_view text) {
  const auto read = read_hex(text, "x");
  return read ? "none" : read.error().message();
}

TEST(Hex, ReadsWhatPeopleHave) {
  const Bytes wanted{0x45, 0x00, 0xab, 0xcd};
  for (const std::string_view text :
       {"4500abcd", "45 00 AB cd", "45:00:ab:cd", "45-00-ab-cd", "0x4500 0xabcd",
        "0x45, 0x00, 0xab, 0xcd,", "\t45 00\r\nab cd\n\n", "0000: 4500 abcd  E...",
        "\t0x0000:  4500 abcd  E...", "00000000: 4500\n00000002: abcd\n", "0000:\n4500 abcd",
        "0x4500:abcd"}) {
    const auto read = read_hex(text, "x");
    ASSERT_TRUE(read) << text << ": " << read.error().to_string();
    EXPECT_EQ(*read, wanted) << text;
  }
}

TEST(Hex, PointsAtWhatIsWrong) {
  EXPECT_EQ(complaint("45 0g"), "x:1:5: 'g' is not a hexadecimal digit");
  EXPECT_EQ(complaint("45\n zz"), "x:2:2: 'z' is not a hexadecimal digit");
  EXPECT_EQ(complaint("45 0"), "x:1:4: half a byte: the number of digits is odd");
  EXPECT_EQ(complaint("450"), "x:1:3: half a byte: the number of digits is odd");
  EXPECT_EQ(complaint("4:5"), "x:1:2: ':' is not a hexadecimal digit");
  EXPECT_EQ(complaint("0x"), "x:1:1: a byte has two digits, and here is half of one or none");
  EXPECT_EQ(complaint("45:"), "x:1:1: the offset says 69 bytes, and 0 came before it");
}

TEST(Hex, OffsetsMustBeTrue) {
  EXPECT_EQ(complaint("0000: 4500\n0004: abcd"),
            "x:2:1: the offset says 4 bytes, and 2 came before it");
  EXPECT_EQ(complaint("0010: 45"), "x:1:1: the offset says 16 bytes, and 0 came before it");
}

TEST(Hex, HostileTextIsShownNotObeyed) {
  EXPECT_EQ(complaint("\033[2J"), "x:1:1: '\\x1b' is not a hexadecimal digit");
  EXPECT_EQ(complaint(""), "x holds no hexadecimal digits");
  EXPECT_EQ(complaint(" \n,\n"), "x holds no hexadecimal digits");
}

TEST(Hex, APacketHasALimit) {
  EXPECT_EQ(read_hex(std::string(2 * kHexBytesMax, '0'), "x")->size(), kHexBytesMax);
  EXPECT_EQ(
      complaint(std::string(2 * kHexBytesMax + 2, '0')),
      base::cat("x:1:", 2 * kHexBytesMax + 1, ": a packet has at most ", kHexBytesMax, " bytes"));
}

RC_GTEST_PROP(Hex, WhatWasWrittenIsRead, ()) {
  const auto bytes = *rc::gen::nonEmpty(rc::gen::arbitrary<Bytes>());
  const auto between = *rc::gen::element<std::string>("", " ", ":", "-", "\n", ", ", "\t");
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += base::cat(text.empty() ? "" : between, base::Hex{byte, 2});
  }
  RC_ASSERT(read_hex(text, "x").value() == bytes);
}

RC_GTEST_PROP(Hex, AnyTextIsReadOrRefusedWithItsPlace, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::elementOf(std::string("0123456789abcdefx:-, \n\t")), rc::gen::arbitrary<char>()));
  const auto read = read_hex(text, "x");
  const bool is_sound = read ? !read->empty() : read.error().message().starts_with("x");
  RC_ASSERT(is_sound);
}

}  // namespace
}  // namespace superfluid::packet
