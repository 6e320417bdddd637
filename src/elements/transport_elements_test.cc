// SPDX-License-Identifier: Apache-2.0
// The elements that check, sum and answer what IPv4 carries.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "elements/testing.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using net::IpProtocol;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

constexpr net::Ipv4Address kFrom{{192, 0, 2, 1}};
constexpr net::Ipv4Address kTo{{192, 0, 2, 2}};
const net::PseudoHeader kPseudo(kFrom, kTo);

Sample ipv4(IpProtocol protocol, const std::function<void(base::Writer&)>& write) {
  std::vector<std::uint8_t> payload(256);
  base::Writer carried(payload);
  write(carried);
  std::vector<std::uint8_t> bytes(20 + carried.position());
  base::Writer writer(bytes);
  net::write_ipv4(writer, {.ttl = 9, .protocol = protocol, .source = kFrom, .destination = kTo},
                  carried.position());
  writer.bytes(carried.written());
  return Sample(std::move(bytes));
}

Sample tcp() {
  return ipv4(IpProtocol::kTcp, [](base::Writer& writer) {
    net::write_tcp(writer, {.source_port = 1, .destination_port = 2}, kPseudo,
                   base::bytes_of("odd"));
  });
}

Sample udp(net::UdpChecksum checksum = net::UdpChecksum::kFull) {
  return ipv4(IpProtocol::kUdp, [&](base::Writer& writer) {
    net::write_udp(writer, {.source_port = 1, .destination_port = 2, .checksum = checksum}, kPseudo,
                   base::bytes_of("odd"));
  });
}

Sample icmp(net::IcmpType type, std::size_t payload) {
  return ipv4(IpProtocol::kIcmpv4, [&](base::Writer& writer) {
    const std::vector<std::uint8_t> quoted(payload, 'q');
    net::write_icmp(writer, {.type = type, .words = {7, 8}}, quoted);
  });
}

Sample with_byte(Sample sample, std::size_t at, std::uint8_t value) {
  sample.bytes.at(at) = value;
  return sample;
}

// Sends through CheckIPHeader2 and the element; then `drop_details`.
std::string details(std::string_view element, const std::vector<Sample>& samples) {
  TestGraph graph(base::cat("in :: Inject -> MarkIPHeader -> c :: ", element,
                            "(DETAILS true) -> out :: Capture; c [1] -> bad :: Capture"));
  EXPECT_EQ(graph.problems(), "");
  graph.send("in", samples);
  EXPECT_EQ(graph.captured("out").size() + graph.captured("bad").size(), samples.size());
  EXPECT_EQ(graph.read("c.drops"), std::to_string(graph.captured("bad").size()));
  return graph.read("c.drop_details");
}

TEST(CheckTCPHeader, CountsByReason) {
  Sample cut = tcp();
  cut.bytes.pop_back();
  EXPECT_EQ(details("CheckTCPHeader",
                    {tcp(), udp(), "", cut, with_byte(tcp(), 32, 0x40), with_byte(tcp(), 32, 0xf0),
                     with_byte(tcp(), 3, 30), with_byte(tcp(), 40, 'x')}),
            "2\tnot TCP\n4\tbad packet length\n1\tbad TCP checksum\n");
}

TEST(CheckUDPHeader, CountsByReason) {
  Sample cut = udp();
  cut.bytes.pop_back();
  EXPECT_EQ(details("CheckUDPHeader",
                    {udp(), udp(net::UdpChecksum::kNone), tcp(), "", cut, with_byte(udp(), 25, 7),
                     with_byte(udp(), 25, 90), with_byte(udp(), 28, 'x')}),
            "2\tnot UDP\n3\tbad packet length\n1\tbad UDP checksum\n");
}

TEST(CheckICMPHeader, CountsByReason) {
  using net::IcmpType;
  EXPECT_EQ(details("CheckICMPHeader",
                    {icmp(IcmpType::kEchoRequest, 0), icmp(IcmpType::kTimeExceeded, 28),
                     icmp(IcmpType{13}, 12), icmp(IcmpType{15}, 0),
                     // and not
                     tcp(), icmp(IcmpType::kTimeExceeded, 27), icmp(IcmpType{14}, 13),
                     icmp(IcmpType{16}, 1), with_byte(icmp(IcmpType::kEchoRequest, 1), 28, 0)}),
            "1\tnot ICMP\n3\tbad packet length\n1\tbad ICMP checksum\n");
}

TEST(CheckICMPHeader, SaysTheFirstRefusal) {
  TestGraph graph("in :: Inject -> MarkIPHeader -> c :: CheckICMPHeader -> out :: Capture");
  graph.send("in", {tcp(), tcp()});
  EXPECT_EQ(graph.errors(), "c: ICMP header check failed: not ICMP\n");
}

TEST(SetTCPChecksum, MakesChecksumsRight) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> MarkIPHeader -> s :: SetTCPChecksum -> out :: Capture",
                    TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample cut = tcp();
    cut.bytes.pop_back();
    graph.send("in", {with_byte(tcp(), 36, 0), cut, ""});
    ASSERT_EQ(graph.captured("out").size(), 1U);
    EXPECT_EQ(graph.captured("out")[0].bytes, tcp().bytes);
    EXPECT_EQ(graph.read("s.drops"), "2");
    EXPECT_EQ(graph.errors(), "s: bad lengths\n");
  }
}

TEST(SetTCPChecksum, FixesHeaderLengthsWhenTold) {
  TestGraph graph("in :: Inject -> MarkIPHeader -> SetTCPChecksum(true) -> out :: Capture");
  graph.send("in", {with_byte(tcp(), 32, 0x10), with_byte(tcp(), 32, 0xf0)});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  for (const Sample& sample : out) {
    const auto ip = net::parse_ipv4(sample.bytes);
    ASSERT_TRUE(ip);
    const auto segment = net::parse_tcp(ip->payload);
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->header->header_length(), 20U);
    EXPECT_TRUE(net::verify_checksum(*segment, kPseudo));
  }
}

TEST(SetUDPChecksum, MakesChecksumsRight) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> MarkIPHeader -> s :: SetUDPChecksum -> out :: Capture;"
        "s [1] -> bad :: Capture",
        TestGraphOptions{.shared = shared});
    Sample unsummed = udp(net::UdpChecksum::kNone);
    Sample cut = udp();
    cut.bytes.pop_back();
    graph.send("in", {unsummed, cut, with_byte(udp(), 7, 1), ""});
    ASSERT_EQ(graph.captured("out").size(), 1U);
    const Sample& summed = graph.captured("out")[0];
    EXPECT_EQ(summed.bytes, udp().bytes);
    EXPECT_EQ(graph.captured("bad").size(), 3U);
    EXPECT_EQ(graph.read("s.drops"), "3");
    EXPECT_EQ(graph.errors(), "");
  }
}

TEST(ICMPPingResponder, AnswersRequestsOnly) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> MarkIPHeader -> r :: ICMPPingResponder -> out :: Capture;"
        "r [1] -> other :: Capture",
        TestGraphOptions{.epoch = base::seconds(77), .shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {icmp(net::IcmpType::kEchoRequest, 5), icmp(net::IcmpType::kEchoReply, 5),
                      udp(), with_byte(icmp(net::IcmpType::kEchoRequest, 5), 7, 1), ""});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 1U);
    const auto ip = net::parse_ipv4(out[0].bytes);
    ASSERT_TRUE(ip);
    EXPECT_TRUE(net::verify_checksum(*ip));
    EXPECT_EQ(ip->header->source, kTo);
    EXPECT_EQ(ip->header->destination, kFrom);
    EXPECT_EQ(ip->header->ttl, 255);
    const auto reply = net::parse_icmp(ip->payload);
    ASSERT_TRUE(reply);
    EXPECT_TRUE(net::verify_checksum(*reply));
    EXPECT_EQ(reply->header->type, net::IcmpType::kEchoReply);
    EXPECT_EQ(reply->header->identifier(), 7);
    EXPECT_EQ(base::text_of(reply->payload), "qqqqq");
    EXPECT_EQ(out[0].notes.timestamp, base::seconds(77));
    EXPECT_EQ(out[0].notes.destination.bytes[3], 1);
    EXPECT_EQ(graph.captured("other").size(), 4U);
    EXPECT_EQ(graph.read("r.drops"), "4");
  }
}

TEST(ICMPPingResponder, KnowsTheChecksumOfAMessageOfZeros) {
  TestGraph graph("in :: Inject -> MarkIPHeader -> ICMPPingResponder -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {ipv4(IpProtocol::kIcmpv4, [](base::Writer& writer) {
               net::write_icmp(writer, {.type = net::IcmpType::kEchoRequest}, {});
             })});
  const auto ip = net::parse_ipv4(graph.captured("out")[0].bytes);
  ASSERT_TRUE(ip);
  const auto reply = net::parse_icmp(ip->payload);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header->checksum.host(), 0xffff);
  EXPECT_TRUE(net::verify_checksum(*reply));
}

TEST(ICMPIPEncap, PutsBothHeadersInFront) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> e :: ICMPIPEncap(192.0.2.1, 192.0.2.2, echo, IDENTIFIER 513)"
        " -> out :: Capture",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"odd", ""});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    const auto ip = net::parse_ipv4(out[0].bytes);
    ASSERT_TRUE(ip);
    EXPECT_TRUE(net::verify_checksum(*ip));
    EXPECT_EQ(ip->header->source, kFrom);
    EXPECT_EQ(ip->header->destination, kTo);
    EXPECT_EQ(ip->header->ttl, 255);
    EXPECT_EQ(ip->header->identification.host(), 1);
    const auto request = net::parse_icmp(ip->payload);
    ASSERT_TRUE(request);
    EXPECT_TRUE(net::verify_checksum(*request));
    EXPECT_EQ(request->header->type, net::IcmpType::kEchoRequest);
    EXPECT_EQ(request->header->identifier(), 513);
    EXPECT_EQ(request->header->sequence(), 1);
    EXPECT_EQ(base::text_of(request->payload), "odd");
    EXPECT_EQ(out[0].network, 0);
    EXPECT_EQ(out[0].transport, 20);
    EXPECT_EQ(out[0].notes.destination.bytes[3], 2);
    EXPECT_EQ(net::parse_icmp(net::parse_ipv4(out[1].bytes)->payload)->header->sequence(), 2);
  }
}

TEST(ICMPIPEncap, NumbersOnlyWhatHasNumbersAndDropsWhatDoesNotFit) {
  TestGraph graph(
      "in :: Inject -> e :: ICMPIPEncap(192.0.2.1, 192.0.2.2, unreachable, host, IDENTIFIER 5)"
      " -> out :: Capture; Idle -> t :: ICMPIPEncap(192.0.2.1, 192.0.2.2, 13) -> Discard;"
      "time :: Inject -> t");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {Sample(std::vector<std::uint8_t>(0xffff - 28)),
                    Sample(std::vector<std::uint8_t>(0xffff - 27))});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  const auto& bytes = graph.captured("out")[0].bytes;
  EXPECT_EQ(bytes.size(), 0xffffU);
  EXPECT_EQ(bytes[20], 3);
  EXPECT_EQ(bytes[21], 1);
  EXPECT_EQ(std::count(bytes.begin() + 24, bytes.end(), 0), 0xffff - 24);
  EXPECT_EQ(graph.read("e.drops"), "1");
  EXPECT_EQ(graph.write("e.src", "10.0.0.1"), "");
  EXPECT_EQ(graph.read("e.src"), "10.0.0.1");
  graph.send("time", {Sample(std::vector<std::uint8_t>(0xffff - 39))});
  EXPECT_EQ(graph.read("t.drops"), "1");
}

TEST(ICMPIPEncap, RefusesWrongArguments) {
  const auto problem = [](std::string_view config) {
    return TestGraph(base::cat("Idle -> e :: ICMPIPEncap(", config, ") -> Discard")).problems();
  };
  constexpr std::string_view kWhere = "t:1:9: While configuring 'e :: ICMPIPEncap':\n  ";
  EXPECT_EQ(problem("10.0.0.1, 10.0.0.2, 256"), base::cat(kWhere, "invalid TYPE\n"));
  EXPECT_EQ(problem("10.0.0.1, 10.0.0.2, nonsense"), base::cat(kWhere, "invalid TYPE\n"));
  EXPECT_EQ(problem("10.0.0.1, 10.0.0.2, echo, host"), base::cat(kWhere, "invalid CODE\n"));
  EXPECT_EQ(problem("10.0.0.1, 10.0.0.2"), base::cat(kWhere, "required TYPE argument missing\n"));
}

TEST(FixIPSrc, SetsTheSourceOfMarkedPackets) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> MarkIPHeader -> FixIPSrc(10.0.0.9) -> out :: Capture",
                    TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample marked = udp();
    marked.notes.fix_ip_source = true;
    Sample broken = "x";
    broken.notes.fix_ip_source = true;
    graph.send("in", {udp(), marked, broken});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 3U);
    EXPECT_EQ(out[0].bytes, udp().bytes);
    const auto ip = net::parse_ipv4(out[1].bytes);
    ASSERT_TRUE(ip);
    EXPECT_TRUE(net::verify_checksum(*ip));
    EXPECT_EQ(ip->header->source, (net::Ipv4Address{{10, 0, 0, 9}}));
    EXPECT_FALSE(out[1].notes.fix_ip_source);
    EXPECT_EQ(out[2].text(), "x");
  }
  EXPECT_NE(
      TestGraph("Idle -> FixIPSrc -> Idle").problems().find("required IPADDR argument missing"),
      std::string::npos);
}

}  // namespace
}  // namespace superfluid::elements
