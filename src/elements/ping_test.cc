// SPDX-License-Identifier: Apache-2.0
// ICMPPingSource and TCPReflector.
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/ip_header.h"
#include "elements/testing.h"
#include "net/icmp.h"
#include "net/tcp.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

net::IcmpView icmp_of(const Sample& sample) {
  const auto ip = net::parse_ipv4(sample.bytes);
  EXPECT_TRUE(ip && net::verify_checksum(*ip));
  const auto icmp = net::parse_icmp(ip->payload);
  EXPECT_TRUE(icmp && net::verify_checksum(*icmp));
  return *icmp;
}

Sample reply_to(Sample request, base::Duration received) {
  auto& icmp = *reinterpret_cast<net::IcmpHeader*>(request.bytes.data() + 20);
  icmp.type = net::IcmpType::kEchoReply;
  request.notes.timestamp = received;
  request.network = 0;
  return request;
}

TEST(ICMPPingSource, SendsRequests) {
  TestGraph graph(
      "p :: ICMPPingSource(10.0.0.1, 10.0.0.2, INTERVAL 0.5, IDENTIFIER 0x102, DATA abc, LIMIT 3,"
      " STOP true) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::milliseconds(499));
  EXPECT_EQ(graph.captured("out").size(), 0U);
  graph.advance(base::milliseconds(1));
  ASSERT_EQ(graph.captured("out").size(), 1U);
  const Sample& sent = graph.captured("out")[0];
  const net::IcmpView icmp = icmp_of(sent);
  EXPECT_EQ(icmp.header->type, net::IcmpType::kEchoRequest);
  EXPECT_EQ(icmp.header->identifier(), 0x201);
  EXPECT_EQ(icmp.header->sequence(), 1);
  EXPECT_EQ(base::text_of(icmp.payload), "abc");
  EXPECT_EQ(net::parse_ipv4(sent.bytes)->header->ttl, 200);
  EXPECT_EQ(sent.network, 0);
  EXPECT_EQ(sent.transport, 20);
  EXPECT_EQ(sent.notes.destination.bytes[3], 2);
  EXPECT_EQ(sent.notes.timestamp, base::seconds(1'000'000'000) + base::milliseconds(500));
  graph.advance(base::seconds(10));
  EXPECT_EQ(graph.captured("out").size(), 3U);
  EXPECT_TRUE(graph.router().stopped());
  EXPECT_EQ(graph.read("p.summary").substr(0, 6), "error:");
}

TEST(ICMPPingSource, CountsReplies) {
  TestGraph graph(
      "p :: ICMPPingSource(10.0.0.1, 10.0.0.2, LIMIT 4) -> out :: Capture; in :: Inject -> p");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("p.summary"), "0 packets transmitted, 0 received");
  graph.advance(base::seconds(4));
  const auto sent = graph.captured("out");
  ASSERT_EQ(sent.size(), 4U);
  const auto after = [&](std::size_t i, std::int64_t ms) {
    return reply_to(sent[i], sent[i].notes.timestamp + base::milliseconds(ms));
  };
  Sample unknown = after(0, 1);
  unknown.bytes[27] = 99;  // a sequence number that was not sent
  Sample other = after(0, 1);
  other.bytes[25] = 1;  // another identifier
  Sample later = after(0, 1);
  later.bytes[7] = 1;  // a fragment
  Sample unmarked = after(0, 1);
  unmarked.network = std::nullopt;
  graph.send("in", {after(0, 1), after(1, 3), after(1, 5), unknown, other, later, unmarked, sent[2],
                    reply_to(sent[2], base::Duration()), ""});
  EXPECT_EQ(graph.errors(),
            "p :: ICMPPingSource: 0 bytes from 10.0.0.1: icmp_seq=1 ttl=200 time=1.000 ms\n"
            "p :: ICMPPingSource: 0 bytes from 10.0.0.1: icmp_seq=2 ttl=200 time=3.000 ms\n"
            "p :: ICMPPingSource: 0 bytes from 10.0.0.1: icmp_seq=2 ttl=200 time=5.000 ms\n"
            "p :: ICMPPingSource: 0 bytes from 10.0.0.1: icmp_seq=3 ttl=200 time=0.000 ms\n");
  EXPECT_EQ(graph.read("p.summary"),
            "4 packets transmitted, 3 received, +1 duplicates, 25% packet loss\n"
            "rtt min/avg/max/mdev = 1.000/3.000/5.000/1.632\n");
  EXPECT_EQ(graph.read("p.rtt_min") + " " + graph.read("p.rtt_avg") + " " + graph.read("p.rtt_max"),
            "0.001 0.003 0.005");
  EXPECT_EQ(graph.write("p.reset_counts"), "");
  EXPECT_EQ(graph.read("p.count"), "0");
  graph.send("in", {after(0, 1)});
  EXPECT_EQ(graph.read("p.rtt_max"), "0");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(ICMPPingSource, PingsAResponder) {
  TestGraph graph(
      "p :: ICMPPingSource(10.0.0.1, 10.0.0.2, LIMIT 3, VERBOSE false) -> ICMPPingResponder -> p");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.read("p.summary").substr(0, 53),
            "3 packets transmitted, 3 received, 0% packet loss\nrtt");
  EXPECT_EQ(graph.errors(), "");
}

TEST(ICMPPingSource, MirrorsReplies) {
  TestGraph graph(
      "p :: ICMPPingSource(10.0.0.1, 10.0.0.2, LIMIT 1, VERBOSE false, MIRROR true)"
      " -> out :: Capture; in :: Inject -> p");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::seconds(1));
  Sample reply = reply_to(graph.captured("out")[0], base::seconds(1));
  graph.send("in", {reply});
  ASSERT_EQ(graph.captured("out").size(), 2U);
  EXPECT_EQ(icmp_of(graph.captured("out")[1]).header->sequence(), 2);
  EXPECT_EQ(graph.read("p.count"), "2");
}

TEST(ICMPPingSource, IsPulledFrom) {
  TestGraph graph("p :: ICMPPingSource(10.0.0.1, 10.0.0.2, LIMIT 3) -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.pull("out", 2), 2U);
  EXPECT_EQ(graph.write("p.active", "false"), "");
  EXPECT_EQ(graph.pull("out", 2), 0U);
  EXPECT_EQ(graph.write("p.active", "true"), "");
  EXPECT_EQ(graph.pull("out", 2), 1U);
  EXPECT_EQ(graph.pull("out", 2), 0U);
  EXPECT_EQ(graph.write("p.limit", "-1"), "");
  EXPECT_EQ(graph.write("p.dst", "10.0.0.9"), "");
  EXPECT_EQ(graph.pull("out", 70), 70U);
  EXPECT_EQ(graph.captured("out").back().notes.destination.bytes[3], 9);
}

TEST(ICMPPingSource, StopsAndGoesOn) {
  TestGraph graph("p :: ICMPPingSource(10.0.0.1, 10.0.0.2, ACTIVE false) -> out :: Capture");
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.captured("out").size(), 0U);
  graph.write("p.active", "true");
  graph.run();
  EXPECT_EQ(graph.captured("out").size(), 1U);
  graph.write("p.active", "false");
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.captured("out").size(), 1U);
}

TEST(ICMPPingSource, RefusesWrongArguments) {
  const std::string where = "t:1:1: While configuring 'p :: ICMPPingSource':\n  ";
  EXPECT_EQ(TestGraph("p :: ICMPPingSource(10.0.0.1, 10.0.0.2, MIRROR true) -> out :: PullCapture")
                .problems(),
            where + "MIRROR invalid on pull element\n");
  EXPECT_EQ(TestGraph("p :: ICMPPingSource(10.0.0.1) -> Discard").problems(),
            where + "required DST argument missing\n");
}

struct Segment {
  net::Ipv4Fields ip{.identification = 5,
                     .protocol = net::IpProtocol::kTcp,
                     .source = {{192, 0, 2, 9}},
                     .destination = {{10, 0, 0, 8}}};
  std::uint8_t flags = net::kTcpSyn;
  std::string payload = {};
};

Sample segment(const Segment& wanted) {
  std::vector<std::uint8_t> bytes(120);
  base::Writer writer(bytes);
  writer.fill(14, 'e');
  net::write_ipv4(writer, wanted.ip, 24 + wanted.payload.size());
  const std::uint8_t mss[] = {2, 4, 5, 0xb4};
  net::write_tcp(writer,
                 {.source_port = 1000,
                  .destination_port = 80,
                  .sequence = 0xffffffff,
                  .flags = wanted.flags,
                  .options = mss},
                 net::PseudoHeader(wanted.ip.source, wanted.ip.destination),
                 base::bytes_of(wanted.payload));
  bytes.resize(writer.position());
  Sample sample(std::move(bytes));
  sample.network = 14;
  return sample;
}

TEST(TCPReflector, RefusesConnections) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> t :: TCPReflector -> out :: Capture",
                    TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Segment with_data{.flags = net::kTcpSyn | net::kTcpFin, .payload = "data"};
    const std::uint8_t options[] = {1, 1, 1, 1};
    with_data.ip.options = options;
    graph.send("in", {segment({}), segment(with_data)});
    ASSERT_EQ(graph.captured("out").size(), 2U);
    for (const auto& [at, acknowledged] : {std::pair<std::size_t, std::uint32_t>{0, 0}, {1, 5}}) {
      const Sample& out = graph.captured("out")[at];
      EXPECT_EQ(out.bytes.size(), 14U + 40);
      EXPECT_EQ(out.text().substr(0, 14), "eeeeeeeeeeeeee");
      const auto ip = net::parse_ipv4(base::ByteView(out.bytes).subspan(14));
      ASSERT_TRUE(ip && net::verify_checksum(*ip));
      const auto tcp = net::parse_tcp(ip->payload);
      ASSERT_TRUE(tcp && net::verify_checksum(
                             *tcp, net::PseudoHeader(ip->header->source, ip->header->destination)));
      EXPECT_EQ(ip->header->destination, (net::Ipv4Address{{192, 0, 2, 9}}));
      EXPECT_EQ(tcp->header->flags, net::kTcpRst | net::kTcpAck);
      EXPECT_EQ(tcp->header->source_port.host(), 80);
      EXPECT_EQ(tcp->header->acknowledgment.host(), acknowledged);
      EXPECT_EQ(out.notes.destination.bytes[3], 9);
      EXPECT_EQ(out.transport, 34);
    }
  }
}

TEST(TCPReflector, AnswersNothingElse) {
  TestGraph graph("in :: Inject -> t :: TCPReflector -> out :: Capture; t [1] -> no :: Capture");
  std::vector<Sample> others;
  for (const std::uint8_t flags :
       {std::uint8_t{net::kTcpAck}, std::uint8_t{net::kTcpRst},
        std::uint8_t{net::kTcpSyn | net::kTcpAck}, std::uint8_t{net::kTcpSyn | net::kTcpRst}}) {
    others.push_back(segment({.flags = flags}));
  }
  Segment odd;
  odd.ip.source = {{224, 0, 0, 1}};
  others.push_back(segment(odd));
  odd = {};
  odd.ip.destination = {{255, 255, 255, 255}};
  others.push_back(segment(odd));
  odd = {};
  odd.ip.more_fragments = true;
  others.push_back(segment(odd));
  odd = {};
  odd.ip.protocol = net::IpProtocol::kUdp;
  others.push_back(segment(odd));
  others.push_back(segment({}));
  others.back().bytes.resize(50);
  others.push_back(segment({}));
  others.back().network = std::nullopt;
  graph.send("in", others);
  EXPECT_EQ(graph.captured("no").size(), others.size());
  EXPECT_EQ(graph.read("t.drops"), base::cat(others.size()));
  EXPECT_EQ(graph.held(), 0U);
}

}  // namespace
}  // namespace superfluid::elements
