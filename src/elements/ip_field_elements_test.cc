// SPDX-License-Identifier: Apache-2.0
// SetIPECN, MarkIPCE, StoreIPAddress, StoreEtherAddress, EnsureEther, StripToNetworkHeader.
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/ip_header.h"
#include "elements/testing.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

constexpr net::Ipv4Address kA{{192, 0, 2, 1}};
constexpr net::Ipv4Address kB{{192, 0, 2, 2}};

Sample udp(unsigned ecn = 0, bool checksum = true) {
  std::vector<std::uint8_t> bytes(32);
  base::Writer writer(bytes);
  net::write_ipv4(
      writer,
      {.dscp = 5, .ecn = ecn, .protocol = net::IpProtocol::kUdp, .source = kA, .destination = kB},
      12);
  net::write_udp(writer, {.source_port = 1, .destination_port = 2}, net::PseudoHeader(kA, kB),
                 base::bytes_of("abcd"));
  if (!checksum) {
    bytes[26] = bytes[27] = 0;
  }
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

Sample tcp() {
  std::vector<std::uint8_t> bytes(44);
  base::Writer writer(bytes);
  net::write_ipv4(writer, {.protocol = net::IpProtocol::kTcp, .source = kA, .destination = kB}, 24);
  net::write_tcp(writer, {.source_port = 1}, net::PseudoHeader(kA, kB), base::bytes_of("abcd"));
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

const net::Ipv4Header& header_of(const Sample& sample) {
  const auto view = net::parse_ipv4(sample.bytes);
  EXPECT_TRUE(view && net::verify_checksum(*view));
  return *reinterpret_cast<const net::Ipv4Header*>(sample.bytes.data());
}

std::vector<Sample> through(std::string_view element, const std::vector<Sample>& samples) {
  std::vector<Sample> first;
  for (const bool shared : {false, true}) {
    TestGraph graph(base::cat("in :: Inject -> ", element, " -> out :: Capture"),
                    TestGraphOptions{.shared = shared});
    EXPECT_EQ(graph.problems(), "");
    graph.send("in", samples);
    EXPECT_EQ(graph.held(), 0U);
    first = graph.captured("out");
  }
  return first;
}

std::string problems_of(std::string_view element) {
  return TestGraph(base::cat("Idle -> e :: ", element, " -> Discard")).problems();
}

TEST(SetIPECN, SetsTwoBits) {
  unsigned want = 0;
  for (const std::string_view text : {"no", "ect1", "ECT(0)", "ce", "0", "1", "2", "3"}) {
    const auto out = through(base::cat("SetIPECN(", text, ")"), {udp(1)});
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(header_of(out[0]).ecn(), want++ % 4) << text;
    EXPECT_EQ(header_of(out[0]).dscp(), 5U);
  }
  TestGraph graph("in :: Inject -> e :: SetIPECN(-) -> Discard");
  EXPECT_EQ(graph.write("e.ecn", "ect2"), "");
  EXPECT_EQ(graph.read("e.ecn"), "2");
  EXPECT_EQ(graph.write("e.ecn", "4"), "error: bad ECN argument");
  graph.send("in", {"no header"});
  EXPECT_EQ(graph.read("e.drops"), "1");
  EXPECT_EQ(problems_of("SetIPECN(x)"),
            "t:1:9: While configuring 'e :: SetIPECN':\n  ECN: bad ECN argument\n");
}

TEST(MarkIPCE, MarksThoseWhoTakePart) {
  const std::vector<Sample> all = {udp(0), udp(1), udp(2), udp(3), "no header"};
  EXPECT_EQ(through("MarkIPCE", all).size(), 3U);
  const auto forced = through("MarkIPCE(true)", all);
  ASSERT_EQ(forced.size(), 4U);
  for (const Sample& sample : forced) {
    EXPECT_EQ(header_of(sample).ecn(), 3U);
  }
}

TEST(StoreIPAddress, WritesAnywhere) {
  EXPECT_EQ(through("StoreIPAddress(97.98.99.100, 2)", {"123456789", "12345", "123456"}).size(),
            2U);
  EXPECT_EQ(through("StoreIPAddress(97.98.99.100, 2)", {"123456789"})[0].text(), "12abcd789");
  Sample noted("123456");
  set_ipv4_destination(noted.notes, {{97, 98, 99, 100}});
  const auto out = through("StoreIPAddress(0)", {noted, "123456"});
  EXPECT_EQ(out[0].text(), "abcd56");
  EXPECT_EQ(out[1].text(), "123456");
}

TEST(StoreIPAddress, KeepsChecksums) {
  const auto out = through("StoreIPAddress(198.51.100.7, src)", {udp(), tcp(), udp(0, false)});
  ASSERT_EQ(out.size(), 3U);
  for (const Sample& sample : out) {
    EXPECT_EQ(header_of(sample).source, (net::Ipv4Address{{198, 51, 100, 7}}));
    const auto ip = net::parse_ipv4(sample.bytes);
    const net::PseudoHeader pseudo(ip->header->source, ip->header->destination);
    if (ip->header->protocol == net::IpProtocol::kTcp) {
      EXPECT_TRUE(net::verify_checksum(*net::parse_tcp(ip->payload), pseudo));
    } else {
      EXPECT_TRUE(net::verify_checksum(*net::parse_udp(ip->payload), pseudo));
    }
  }
  EXPECT_EQ(out[2].bytes[26] | out[2].bytes[27], 0);
  Sample noted = udp();
  set_ipv4_destination(noted.notes, {{198, 51, 100, 9}});
  EXPECT_EQ(header_of(through("StoreIPAddress(DST)", {noted})[0]).destination.bytes[3], 9);
  Sample odd = udp();
  odd.bytes[0] = 0x44;
  EXPECT_TRUE(through("StoreIPAddress(dst)", {odd, "no header"}).empty());
}

TEST(StoreIPAddress, RefusesWrongArguments) {
  const std::string where = "t:1:9: While configuring 'e :: StoreIPAddress':\n  ";
  EXPECT_EQ(problems_of("StoreIPAddress"), where + "required OFFSET argument missing\n");
  EXPECT_EQ(problems_of("StoreIPAddress(10.0.0.1, -3)"),
            where + "type mismatch: OFFSET requires integer\n");
  EXPECT_EQ(problems_of("StoreIPAddress(10.0.0.1, 3, 4)"), where + "too many arguments\n");
}

TEST(StoreEtherAddress, WritesAnywhere) {
  const auto stored = [](std::string_view offset) {
    return through(base::cat("StoreEtherAddress(61:62:63:64:65:66, ", offset, ")"),
                   {"0123456789AB", "01234"});
  };
  EXPECT_EQ(stored("dst").at(0).text(), "abcdef6789AB");
  EXPECT_EQ(stored("SRC").at(0).text(), "012345abcdef");
  EXPECT_EQ(stored("3").at(0).text(), "012abcdef9AB");
  EXPECT_EQ(stored("dst").size(), 1U);
  EXPECT_EQ(stored("7").size(), 0U);
  TestGraph graph("in :: Inject -> e :: StoreEtherAddress(2:0:0:0:0:1, 0) -> Discard");
  graph.write("e.addr", "2:0:0:0:0:ab");
  EXPECT_EQ(graph.read("e.addr"), "02-00-00-00-00-AB");
  EXPECT_EQ(problems_of("StoreEtherAddress(2:0:0:0:0:1, x)"),
            "t:1:9: While configuring 'e :: StoreEtherAddress':\n"
            "  type mismatch: bad OFFSET\n");
}

TEST(EnsureEther, AddsWhatIsMissing) {
  Sample framed("ddddddssssss\x08\x00payload");
  framed.bytes = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 8, 0, 'p'};
  framed.network = 14;
  Sample bare("payload");
  bare.network = 0;
  Sample odd("link payload");
  odd.network = 5;
  const auto out = through("EnsureEther(0x0801, 61:61:61:61:61:61, 62:62:62:62:62:62)",
                           {framed, bare, odd, "unmarked"});
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0].text(), framed.text());
  EXPECT_EQ(out[1].text(), "bbbbbbaaaaaa\x08\x01payload");
  EXPECT_EQ(out[1].mac, 0);
  EXPECT_EQ(out[2].text(), "bbbbbbaaaaaa\x08\x01payload");
  EXPECT_EQ(out[3].text(), "unmarked");
  framed.mac = 0;
  const auto back = through("Strip(14) -> EnsureEther", {framed});
  EXPECT_EQ(back[0].text(), framed.text());
}

TEST(StripToNetworkHeader, BeginsAtTheHeader) {
  Sample framed("link payload");
  framed.network = 5;
  EXPECT_EQ(through("StripToNetworkHeader", {framed, "unmarked"}).size(), 1U);
  EXPECT_EQ(through("StripToNetworkHeader", {framed})[0].text(), "payload");
  EXPECT_EQ(through("Strip(7) -> StripToNetworkHeader", {framed})[0].text(), "payload");
}

}  // namespace
}  // namespace superfluid::elements
