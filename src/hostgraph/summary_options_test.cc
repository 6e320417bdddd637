// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/summary_options.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/text.h"
#include "hostgraph/md5.h"

namespace superfluid::hostgraph {
namespace {

using namespace std::string_view_literals;

// The text as it is written after it was read, "refused" when it is not read.
std::string through_tcp(std::string_view text, TcpOptions which = TcpOptions::kAll) {
  std::string options;
  if (!read_tcp_options(text, options)) {
    return "refused";
  }
  EXPECT_EQ(options.size() % 4, 0U);
  EXPECT_LE(options.size(), kOptionBytesMax);
  return tcp_options_text(base::bytes_of(options), which);
}

std::string through_ip(std::string_view text) {
  std::string options;
  return read_ip_options(text, options) ? ip_options_text(base::bytes_of(options)) : "refused";
}

TEST(TcpOptionWords, WhatGoesInComesOut) {
  for (const std::string_view text :
       {".", "mss1400", "wscale10", "sackok", "sack95-98", "sack1-2;sack3-4294967295",
        "ts669063908:38382731", "98", "99=0:5:10", "mss1;wscale2;sackok;ts1:2"}) {
    EXPECT_EQ(through_tcp(text), text);
  }
  EXPECT_EQ(through_tcp("nop;mss1;eol"), "mss1");
  std::string options;
  EXPECT_TRUE(read_tcp_options("wscale10", options));
  EXPECT_EQ(options, "\3\3\12\0"sv);
  EXPECT_TRUE(read_tcp_options("sack1-2;sack3-4", options));
  EXPECT_EQ(options.substr(0, 2), "\5\22");  // one option
  EXPECT_EQ(through_tcp("sack1-2;nop;sack3-4;mss5;sack6-7"), "sack1-2;sack3-4;mss5;sack6-7");
}

TEST(TcpOptionWords, SomeMayBeLeftOut) {
  constexpr std::string_view kText = "mss1;ts1:2;sackok;sack3-4";
  EXPECT_EQ(through_tcp(kText, TcpOptions::kAllButTimestamp), "mss1;sackok;sack3-4");
  EXPECT_EQ(through_tcp(kText, TcpOptions::kSack), "sackok;sack3-4");
  EXPECT_EQ(through_tcp("mss1", TcpOptions::kSack), ".");
}

TEST(TcpOptionWords, RefusesWhatIsNone) {
  for (const std::string_view text : {"mss", "mss65536", "mss1x", "wscale256", "sack1", "sack1-",
                                      "sack-1", "ts1", "ts1:", "ts4294967296:1", "0", "1", "256",
                                      "9=", "9=256", "9=1:", "9=1,2", "yes", "mss1 "}) {
    EXPECT_EQ(through_tcp(text), "refused") << text;
  }
  std::string blocks = "sack1-2";
  for (int i = 0; i < 40; ++i) {
    blocks += ";sack1-2";
    EXPECT_EQ(through_tcp(blocks), i < 3 ? blocks : "refused");
  }
}

TEST(TcpOptionWords, ShowThatAnOptionIsMalformed) {
  for (const std::string_view bytes : {"\2"sv, "\2\3\1"sv, "\2\4\1"sv, "\3\4\1\1"sv, "\5\3\1"sv,
                                       "\10\2"sv, "\377\0\0\0"sv, "\1\1\1\377"sv}) {
    EXPECT_EQ(tcp_options_text(base::bytes_of(bytes), TcpOptions::kAll), "?");
  }
}

TEST(IpOptionWords, WhatGoesInComesOut) {
  for (const std::string_view text :
       {".", "rr{10.0.0.1,10.0.0.2}+5", "rr{}+1", "rr{10.0.0.1}", "ssrr{^10.0.0.1,10.0.0.2}",
        "lsrr{10.0.0.1^10.0.0.2,10.0.0.3}", "ssrr{10.0.0.1^}", "148=0:0",
        "rr{}+1;ssrr{^10.0.0.1}"}) {
    EXPECT_EQ(through_ip(text), text);
  }
  EXPECT_EQ(through_ip("ssrr{10.0.0.1,^10.0.0.2}"), "ssrr{10.0.0.1^10.0.0.2}");
  EXPECT_EQ(through_ip("nop;nop;eol"), ".");
  std::string options;
  EXPECT_TRUE(read_ip_options("ssrr{10.0.0.1^10.0.0.2}", options));
  EXPECT_EQ(options, "\211\13\10\12\0\0\1\12\0\0\2\0"sv);
}

TEST(IpOptionWords, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"rr", "rr{", "rr{10.0.0}", "rr{^^}", "rr{}+", "rr{}+11", "rr{}+10", "rr{}1", "ssrr}{",
        "lsrr{10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,"
        "10.0.0.1}"}) {
    EXPECT_EQ(through_ip(text), "refused") << text;
  }
}

TEST(IpOptionWords, ShowThatAnOptionIsMalformed) {
  for (const std::string_view bytes : {"\7\2"sv, "\7\3\3"sv, "\211\7\4"sv, "\203"sv}) {
    EXPECT_EQ(ip_options_text(base::bytes_of(bytes)), "?");
  }
}

// The examples of RFC 1321.
TEST(Md5, IsWhatTheRfcSays) {
  const auto hex = [](std::string_view text) { return md5_hex(md5(base::bytes_of(text))); };
  EXPECT_EQ(hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
  EXPECT_EQ(md5_text(md5({})).size(), 22U);
  EXPECT_EQ(md5_text(Md5Digest{}), std::string(22, 'a'));
  EXPECT_EQ(md5_text(Md5Digest{0xff, 0xff, 0xff}).substr(0, 5), "@@@@a");
}

}  // namespace
}  // namespace superfluid::hostgraph
