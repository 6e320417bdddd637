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

TEST(Hex, ReadsDumpsAsTheyArePrinted) {
  Bytes wanted(18);
  wanted[0] = 0x45;
  wanted[8] = 'H';
  wanted[9] = 'i';
  wanted[17] = 'x';
  for (const std::string_view text : {
           // hexdump -C, od -Ax -tx1, tshark -x, tcpdump -X
           "00000000  45 00 00 00 00 00 00 00  48 69 00 00 00 00 00 00  |E.......Hi......|\n"
           "00000010  00 78                                             |.x|\n00000012\n",
           "000000 45 00 00 00 00 00 00 00 48 69 00 00 00 00 00 00\n000010 00 78\n000012\n",
           "0000  45 00 00 00 00 00 00 00 48 69 00 00 00 00 00 00   E.......Hi......\n"
           "0010  00 78                                             .x\n",
           "12:00:00.000001 IP 192.0.2.1.53 > 192.0.2.2.53: UDP, length 0\n"
           "\t0x0000:  4500 0000 0000 0000 4869 0000 0000 0000  E.......Hi......\n"
           "\t0x0010:  0078                                     .x\n",
       }) {
    const auto read = read_hex(text, "x");
    ASSERT_TRUE(read) << text << ": " << read.error().to_string();
    EXPECT_EQ(*read, wanted) << text;
  }
}

TEST(Hex, RefusesDumpsThatMayMeanSomethingElse) {
  EXPECT_EQ(complaint("00000000: 1c000045 00403412  E....4@."),
            "x:1:11: in a dump, words of more than two bytes may be little-endian (xxd -e)");
  EXPECT_EQ(complaint("00000000: 0045 6948  E.Hi"),
            "x:1:20: the text does not say what the bytes beside it say: are they little-endian?");
  EXPECT_EQ(complaint("000000 0045 1c00"),
            "x:1:8: words of several bytes may be little-endian: dump single bytes (-tx1)");
  EXPECT_EQ(complaint("000000 45 00\n*\n000020 45"),
            "x:2:1: lines were left out here: dump with -v");
  EXPECT_EQ(complaint("0000000 45 00\n0000020 45"), "x:2:1: an offset of 0x0002 should stand here");
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
