// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "elements/rewriter_samples.h"

namespace superfluid::elements {
namespace {

using base::cat;
using testing::around;
using testing::Ends;
using testing::icmp;
using testing::ipv4;
using testing::kInner;
using testing::kInnerToo;
using testing::kNat;
using testing::Sample;
using testing::show;
using testing::shown;
using testing::tcp;
using testing::TestGraph;
using testing::udp;

class RewriterSharing : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(OwnAndShared, RewriterSharing, ::testing::Bool());

TEST_P(RewriterSharing, IPRewriterTranslatesBothWays) {
  TestGraph graph(around(cat("IPRewriter(", kNat, ")")), {.shared = GetParam()});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), tcp(kInner), udp(kInnerToo), udp(kInner)});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 1024 > 192.0.2.9 80|0: 192.0.2.1 1025 > 192.0.2.9 80|"
            "0: 192.0.2.1 1026 > 192.0.2.9 80|0: 192.0.2.1 1024 > 192.0.2.9 80");
  graph.send(
      "back",
      {udp({"192.0.2.9", 80, "192.0.2.1", 1026}), tcp({"192.0.2.9", 80, "192.0.2.1", 1025}),
       tcp({"192.0.2.9", 80, "192.0.2.1", 1024}), udp({"192.0.2.9", 81, "192.0.2.1", 1024})});
  EXPECT_EQ(shown(graph, "out"), "1: 192.0.2.9 80 > 10.0.0.2 2000|1: 192.0.2.9 80 > 10.0.0.1 2000");
  EXPECT_EQ(graph.read("rw.table_size"), "3");
  EXPECT_EQ(graph.read("rw.drops"), "2");
  EXPECT_EQ(graph.read("rw.drop_details"),
            "0\tno IPv4 header\n0\tother protocol\n0\tfragment\n0\ttruncated\n2\tnot mapped\n"
            "0\tno room\n");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(IPRewriter, PrefersThePacketsOwnPort) {
  TestGraph graph(around("IPRewriter(pattern 192.0.2.1 1024-65535 - - 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), udp({"10.0.0.1", 1023, "192.0.2.9", 80}), udp(kInnerToo)});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(show(out[0]), "192.0.2.1 2000 > 192.0.2.9 80");
  EXPECT_NE(show(out[1]), "192.0.2.1 1023 > 192.0.2.9 80");
  EXPECT_NE(show(out[2]), show(out[0]));
}

TEST(IPRewriter, EverySpecificationOfAnInput) {
  TestGraph graph(
      "a :: Inject -> rw :: IPRewriter(drop, pass 1, keep 1 0, pattern - - 192.0.2.7 8080 0 1);"
      "b :: Inject -> [1] rw; c :: Inject -> [2] rw; d :: Inject -> [3] rw;"
      "rw -> out :: Capture; rw[1] -> [1] out;");
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {udp(kInner)});
  graph.send("b", {udp(kInner)});
  EXPECT_EQ(shown(graph, "out"), "1: 10.0.0.1 2000 > 192.0.2.9 80");
  EXPECT_EQ(graph.read("rw.table_size"), "0");
  graph.send("c", {udp(kInner)});
  graph.send("a", {udp({"192.0.2.9", 80, "10.0.0.1", 2000})});
  EXPECT_EQ(shown(graph, "out"), "1: 10.0.0.1 2000 > 192.0.2.9 80|0: 192.0.2.9 80 > 10.0.0.1 2000");
  graph.send("d", {tcp(kInner)});
  EXPECT_EQ(shown(graph, "out"), "0: 10.0.0.1 2000 > 192.0.2.7 8080");
  EXPECT_EQ(graph.read("rw.patterns"), "<drop>\n<nochange>\n<keep> [1]\n- - 192.0.2.7 8080 [1]\n");
  EXPECT_EQ(graph.read("rw.pattern2"), "<keep> [1]\n");
}

TEST(IPRewriter, WhatIsWrongIsSaid) {
  const auto problem = [](std::string_view rewriter) {
    TestGraph graph(around(rewriter));
    const std::string& text = graph.problems();
    const std::size_t line = text.find('\n');
    return line == text.npos ? text : std::string(base::trim(text.substr(line)));
  };
  EXPECT_EQ(problem("IPRewriter(drop)"), "need 2 arguments, one per input port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern 1.2.3 - - - 0 1)"),
            "input spec 1: bad source address");
  EXPECT_EQ(problem("IPRewriter(drop, pattern 10.0.0.1 9-3 - - 0 1)"),
            "input spec 1: bad source port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern 10.0.0.1 1-65536 - - 0 1)"),
            "input spec 1: bad source port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern 10.0.0.1 0 - - 0 1)"),
            "input spec 1: bad source port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern - - x - 0 1)"),
            "input spec 1: bad destination address");
  EXPECT_EQ(problem("IPRewriter(drop, pattern - - - 70000 0 1)"),
            "input spec 1: bad destination port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern - - - - 0 2)"),
            "input spec 1: output port out of range");
  EXPECT_EQ(problem("IPRewriter(drop, pattern - - - - x 1)"), "input spec 1: bad forward port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern - - - - 0 -1)"), "input spec 1: bad reply port");
  EXPECT_EQ(problem("IPRewriter(drop, pattern 0 1)"), "input spec 1: syntax error");
  EXPECT_EQ(problem("IPRewriter(drop, pattern nat 0 1)"), "input spec 1: no such pattern 'nat'");
  EXPECT_EQ(problem("IPRewriter(drop, keep 0)"), "input spec 1: bad forward port");
  EXPECT_EQ(problem("IPRewriter(drop 1, drop)"), "input spec 0: syntax error, expected 'drop'");
  EXPECT_EQ(problem("IPRewriter(pass x, drop)"),
            "input spec 0: syntax error, expected 'nochange [OUTPUT]'");
  EXPECT_EQ(problem("IPRewriter(pass 2, drop)"), "input spec 0: output port out of range");
  EXPECT_EQ(problem("IPRewriter(out, drop)"), "input spec 0: element is not an IPMapper");
  EXPECT_EQ(problem("IPRewriter(nobody, drop)"), "input spec 0: unknown specification");
  EXPECT_EQ(problem("IPRewriter(, drop)"), "input spec 0: empty argument");
  EXPECT_EQ(problem("IPRewriter(drop, drop, MAPPING_CAPACITY out)"), "bad MAPPING_CAPACITY");
  EXPECT_EQ(problem("IPAddrRewriter(drop, pattern 10.0.0.9-10.0.0.1 - 0 1)"),
            "input spec 1: bad source address");
}

TEST(IPRewriter, PacketsWithoutPortsPassOnlyWherePassIsSaid) {
  TestGraph graph(around("IPRewriter(pattern 192.0.2.1 1024-65535# - - 0 1, pass 1)"));
  ASSERT_EQ(graph.problems(), "");
  const std::vector<std::uint8_t> bytes(40);
  const net::Ipv4Fields later{
      .fragment_offset = 8, .protocol = {}, .source = {}, .destination = {}};
  const net::Ipv4Fields first{
      .more_fragments = true, .protocol = {}, .source = {}, .destination = {}};
  Sample no_header = udp(kInner);
  no_header.network.reset();
  Sample cut = udp(kInner);
  cut.bytes.resize(27);
  Sample lies = udp(kInner);
  lies.bytes[3] = 27;
  Sample long_header = udp(kInner);
  long_header.bytes[0] = 0x4f;
  Sample short_header = udp(kInner);
  short_header.bytes[0] = 0x44;
  const std::vector<Sample> odd = {
      ipv4(kInner, net::IpProtocol::kIcmpv4, bytes),
      ipv4(kInner, net::IpProtocol::kUdp, bytes, later),
      ipv4(kInner, net::IpProtocol::kTcp, base::ByteView(bytes).first(17)),
      no_header,
      cut,
      lies,
      long_header,
      short_header};
  graph.send("in", odd);
  EXPECT_EQ(graph.captured("out").size(), 0U);
  EXPECT_EQ(graph.read("rw.drop_details"),
            "1\tno IPv4 header\n1\tother protocol\n1\tfragment\n5\ttruncated\n0\tnot mapped\n"
            "0\tno room\n");
  graph.send("back", odd);
  EXPECT_EQ(graph.captured("out").size(), odd.size());
  EXPECT_TRUE(
      std::ranges::all_of(graph.captured("out"), [](auto& each) { return each.port == 1; }));
  graph.forget("out");
  graph.send("in", {ipv4(kInner, net::IpProtocol::kUdp, bytes, first)});
  EXPECT_EQ(graph.captured("out").size(), 1U) << "a first fragment has ports";
  EXPECT_EQ(graph.held(), 0U);
}

TEST(IPRewriter, NoChecksumStaysNone) {
  TestGraph graph(around(cat("IPRewriter(", kNat, ")")));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner, "x", net::UdpChecksum::kNone)});
  const Sample& out = graph.captured("out").at(0);
  EXPECT_EQ(out.bytes[26] | out.bytes[27], 0);
}

TEST(IPRewriter, NotesTheNewDestinationAndTheNoteOfTheFirstPacket) {
  TestGraph graph(around("IPRewriter(pattern - - 192.0.2.7 - 0 1, drop, REPLY_ANNO PAINT)"));
  ASSERT_EQ(graph.problems(), "");
  Sample painted = udp(kInner);
  painted.notes.paint = 7;
  graph.send("in", {painted});
  graph.send("back", {udp({"192.0.2.7", 80, "10.0.0.1", 2000})});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].notes.destination.bytes[3], 7);
  EXPECT_EQ(out[1].notes.destination.bytes[0], 10);
  EXPECT_EQ(out[1].notes.paint, 7);
  TestGraph silent(around("IPRewriter(pattern - - 192.0.2.7 - 0 1, drop, DST_ANNO false)"));
  silent.send("in", {udp(kInner)});
  EXPECT_EQ(silent.captured("out").at(0).notes.destination.bytes[0], 0);
}

TEST(IPRewriter, PortsRunOut) {
  TestGraph graph(around("IPRewriter(pattern 192.0.2.1 1024-1025# - - 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  for (const auto port : std::vector<std::uint16_t>{1, 2, 3}) {
    graph.send("in", {udp({"10.0.0.1", port, "192.0.2.9", 80})});
  }
  graph.send("in", {udp({"10.0.0.1", 3, "192.0.2.8", 80})});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 1024 > 192.0.2.9 80|0: 192.0.2.1 1025 > 192.0.2.9 80|"
            "0: 192.0.2.1 1024 > 192.0.2.8 80")
      << "a port serves once for each destination";
  EXPECT_EQ(graph.read("rw.mapping_failures"), "1");
}

TEST(IPRewriter, AFlowThatTakesAnothersRepliesEndsIt) {
  TestGraph graph(around("IPRewriter(pattern 192.0.2.1 5000 - - 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), udp(kInnerToo)});
  graph.send("back", {udp({"192.0.2.9", 80, "192.0.2.1", 5000})});
  EXPECT_EQ(graph.read("rw.table_size"), "1");
  EXPECT_EQ(graph.read("rw.size"), "1");
  graph.forget("out");
  graph.send("back", {udp({"192.0.2.9", 80, "192.0.2.1", 5000})});
  EXPECT_EQ(shown(graph, "out"), "1: 192.0.2.9 80 > 10.0.0.2 2000");
}

TEST(IPRewriter, AFlowThatIsItsOwnReply) {
  TestGraph graph(around("IPRewriter(keep 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  const Ends self{"192.0.2.1", 9, "192.0.2.1", 9};
  graph.send("in", {udp(self), udp(self)});
  EXPECT_EQ(shown(graph, "out"), "0: 192.0.2.1 9 > 192.0.2.1 9|1: 192.0.2.1 9 > 192.0.2.1 9");
  EXPECT_EQ(graph.write("rw.clear"), "");
  EXPECT_EQ(graph.read("rw.size"), "0");
}

TEST(IPRewriter, TimesOutByWhatTheFlowHasSeen) {
  TestGraph graph(around(cat("IPRewriter(", kNat,
                             ", TCP_TIMEOUT 100, TCP_NODATA_TIMEOUT 50, TCP_DONE_TIMEOUT 20,"
                             " UDP_TIMEOUT 10, UDP_STREAMING_TIMEOUT 30, GUARANTEE 0,"
                             " UDP_GUARANTEE 0, REAP_INTERVAL 1)")));
  ASSERT_EQ(graph.problems(), "");
  const Ends talk{"10.0.0.1", 1, "192.0.2.9", 80};
  graph.send("in", {tcp(talk, net::kTcpAck, "data")});  // 1024
  graph.send("back", {tcp({"192.0.2.9", 80, "192.0.2.1", 1024}, net::kTcpAck, "data")});
  graph.send("in", {tcp({"10.0.0.1", 2, "192.0.2.9", 80}, net::kTcpSyn)});  // no data
  graph.send("in", {tcp({"10.0.0.1", 3, "192.0.2.9", 80}, net::kTcpRst)});  // done
  graph.send("in", {udp({"10.0.0.1", 4, "192.0.2.9", 80})});                // one packet
  graph.send("in", {udp({"10.0.0.1", 5, "192.0.2.9", 80})});                // streaming
  graph.send("back", {udp({"192.0.2.9", 80, "192.0.2.1", 1028})});
  graph.send("in", {udp({"10.0.0.1", 5, "192.0.2.9", 80})});
  std::string sizes;
  for (int i = 0; i < 11; ++i) {
    graph.advance(base::seconds(12));
    sizes += graph.read("rw.size") + " ";
  }
  EXPECT_EQ(sizes, "4 3 2 2 1 1 1 1 0 0 0 ");
}

TEST(IPRewriter, AFullTableKeepsWhatIsGuaranteed) {
  TestGraph graph(around(cat("IPRewriter(", kNat, ", MAPPING_CAPACITY 2)")));
  ASSERT_EQ(graph.problems(), "");
  const auto send = [&](std::uint16_t port) {
    graph.send("in", {udp({"10.0.0.1", port, "192.0.2.9", 80})});
    return shown(graph, "out");
  };
  send(1);
  graph.advance(base::seconds(1));
  send(2);
  EXPECT_EQ(send(3), "") << "both are guaranteed";
  EXPECT_EQ(graph.read("rw.mapping_failures"), "1");
  graph.advance(base::seconds(4));
  EXPECT_EQ(send(3), "0: 192.0.2.1 1027 > 192.0.2.9 80") << "in the place of the first";
  EXPECT_EQ(graph.read("rw.size"), "2");
  EXPECT_EQ(send(1), "");
  EXPECT_EQ(graph.write("rw.capacity", "1"), "");
  EXPECT_EQ(graph.read("rw.size"), "1");
  EXPECT_EQ(graph.read("rw.capacity"), "1");
  EXPECT_EQ(send(3), "0: 192.0.2.1 1027 > 192.0.2.9 80") << "the newest stayed";
  EXPECT_NE(graph.write("rw.capacity", "many"), "");
}

TEST(IPRewriter, AFlowThatLostItsPlaceEarlierInTheBatchBeginsAnew) {
  TestGraph graph(around(cat("IPRewriter(", kNat, ", CAPACITY 1, GUARANTEE 0, UDP_GUARANTEE 0)")));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner)});
  graph.send("in", {udp(kInner), udp(kInnerToo), udp(kInner)});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 1024 > 192.0.2.9 80|0: 192.0.2.1 1024 > 192.0.2.9 80|"
            "0: 192.0.2.1 1025 > 192.0.2.9 80|0: 192.0.2.1 1026 > 192.0.2.9 80");
  EXPECT_EQ(graph.read("rw.table_size"), "1");
}

TEST(IPRewriter, SharedCapacityIsOne) {
  TestGraph graph(cat("in :: Inject -> a :: IPRewriter(", kNat, ", MAPPING_CAPACITY b) ",
                      "-> out :: Capture; a[1] -> [1] out; Idle -> [1] a;"
                      "too :: Inject -> b :: UDPRewriter(",
                      kNat, ", MAPPING_CAPACITY 2); b -> [2] out; b[1] -> [3] out; Idle -> [1] b"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner)});
  graph.send("too", {udp(kInner), udp(kInnerToo)});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 1024 > 192.0.2.9 80|2: 192.0.2.1 1024 > 192.0.2.9 80");
  EXPECT_EQ(graph.read("a.table_size"), "1");
  EXPECT_EQ(graph.read("b.table_size"), "1");
  EXPECT_EQ(graph.read("a.size"), "2");
  EXPECT_EQ(graph.read("a.capacity"), "2");
}

TEST(IPRewriter, HandlersShowAndChange) {
  TestGraph graph(around(cat("IPRewriter(", kNat, ")")));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {tcp(kInner), udp(kInnerToo)});
  EXPECT_EQ(
      graph.read("rw.tcp_table"),
      "(10.0.0.1, 2000, 192.0.2.9, 80) => (192.0.2.1, 1024, 192.0.2.9, 80) [*0 1] i0 exp300\n"
      "(192.0.2.9, 80, 192.0.2.1, 1024) => (192.0.2.9, 80, 10.0.0.1, 2000) [0 *1] i0 exp300\n");
  EXPECT_EQ(graph.read("rw.udp_mappings").substr(0, 12), "(10.0.0.2, 2");
  EXPECT_EQ(graph.read("rw.tcp_lookup", "10.0.0.1 2000 192.0.2.9 80"),
            "192.0.2.1 1024 192.0.2.9 80");
  EXPECT_EQ(graph.read("rw.tcp_lookup", "10.0.0.2 2000 192.0.2.9 80"), "");
  EXPECT_EQ(graph.read("rw.tcp_lookup", "10.0.0.2 2000"),
            "error: expected 'SADDR SPORT DADDR DPORT'");
  EXPECT_EQ(graph.write("rw.pattern0", "pattern x"), "error: input spec 0: syntax error");
  EXPECT_EQ(graph.read("rw.size"), "2");
  EXPECT_EQ(graph.write("rw.pattern0", "pattern 192.0.2.2 7 - - 0 1"), "");
  EXPECT_EQ(graph.read("rw.patterns"), "192.0.2.2 7 - -\n<drop>\n");
  EXPECT_EQ(graph.read("rw.size"), "0");
  graph.forget("out");
  graph.send("in", {tcp(kInner)});
  EXPECT_EQ(shown(graph, "out"), "0: 192.0.2.2 7 > 192.0.2.9 80");
}

TEST(IPRewriter, FlowsOutliveAReconfiguration) {
  TestGraph before(around(cat("IPRewriter(", kNat, ")")));
  TestGraph after(around("IPRewriter(pattern 192.0.2.2 1024-65535# - - 0 1, drop)"));
  ASSERT_EQ(before.problems() + after.problems(), "");
  before.send("in", {tcp(kInner)});
  after.element("rw").take_state(before.element("rw"));
  after.send("back", {tcp({"192.0.2.9", 80, "192.0.2.1", 1024})});
  EXPECT_EQ(shown(after, "out"), "1: 192.0.2.9 80 > 10.0.0.1 2000");
  EXPECT_EQ(after.read("rw.table_size"), "1");
  EXPECT_EQ(before.read("rw.table_size"), "1") << "the old one keeps its own";
}

TEST(TCPRewriter, IsForTcpAlone) {
  TestGraph graph(around(cat("TCPRewriter(", kNat, ")")));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), tcp(kInner)});
  EXPECT_EQ(shown(graph, "out"), "0: 192.0.2.1 1024 > 192.0.2.9 80");
  EXPECT_EQ(graph.read("rw.lookup", "10.0.0.1 2000 192.0.2.9 80"), "192.0.2.1 1024 192.0.2.9 80");
  EXPECT_NE(graph.read("rw.table"), "");
}

TEST(UDPRewriter, TakesProtocolsWithPortsAsOne) {
  TestGraph graph(around(cat("UDPRewriter(", kNat, ", TIMEOUT 7)")));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), tcp(kInner)});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 1024 > 192.0.2.9 80|0: 192.0.2.1 1024 > 192.0.2.9 80");
  EXPECT_NE(graph.read("rw.table").find("exp7"), std::string::npos);
}

TEST_P(RewriterSharing, IPAddrRewriterGivesEachSourceAnAddress) {
  TestGraph graph(around("IPAddrRewriter(pattern 192.0.2.1-192.0.2.2# - 0 1, pass 1)"),
                  {.shared = GetParam()});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), tcp(kInnerToo), udp({"10.0.0.3", 1, "192.0.2.9", 80}),
                    tcp({"10.0.0.1", 5, "192.0.2.8", 80})});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 2000 > 192.0.2.9 80|0: 192.0.2.2 2000 > 192.0.2.9 80|"
            "0: 192.0.2.1 5 > 192.0.2.8 80");
  graph.send("back", {tcp({"192.0.2.7", 80, "192.0.2.2", 9})});
  EXPECT_EQ(shown(graph, "out"), "1: 192.0.2.7 80 > 10.0.0.2 9");
  EXPECT_EQ(graph.read("rw.table"),
            "10.0.0.1 => 192.0.2.1 [*0 1] i0 exp7200\n192.0.2.1 => 10.0.0.1 [0 *1] i0 exp7200\n"
            "10.0.0.2 => 192.0.2.2 [*0 1] i0 exp7200\n192.0.2.2 => 10.0.0.2 [0 *1] i0 exp7200\n");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(IPAddrPairRewriter, TranslatesPairs) {
  TestGraph graph(around("IPAddrPairRewriter(pattern 192.0.2.0/30# 192.0.2.200 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), tcp(kInnerToo)});
  graph.send("back", {tcp({"192.0.2.200", 80, "192.0.2.2", 9})});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 2000 > 192.0.2.200 80|0: 192.0.2.2 2000 > 192.0.2.200 80|"
            "1: 192.0.2.9 80 > 10.0.0.2 9");
  EXPECT_EQ(graph.read("rw.patterns"), "192.0.2.1-192.0.2.2 192.0.2.200 [2]\n<drop>\n");
}

TEST(IPRewriterPatterns, AreSharedAndFoundWhereverTheyStand) {
  TestGraph graph(
      "in :: Inject -> rw :: IPRewriter(pattern nat 0 0) -> out :: Capture;"
      "too :: Inject -> rv :: IPRewriter(pattern nat 0 0) -> [1] out;"
      "IPRewriterPatterns(nat 192.0.2.1 1024-65535# - -, web - - 192.0.2.5 80)");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner)});
  graph.send("too", {udp(kInner)});
  EXPECT_EQ(shown(graph, "out"),
            "0: 192.0.2.1 1024 > 192.0.2.9 80|1: 192.0.2.1 1025 > 192.0.2.9 80");
  EXPECT_NE(TestGraph("IPRewriterPatterns(a - - - -, a - - - -)")
                .problems()
                .find("pattern 'a' already defined"),
            std::string::npos);
  EXPECT_NE(TestGraph("IPRewriterPatterns(a - x - -)").problems().find("bad source port"),
            std::string::npos);
}

TEST(RoundRobinIPMapper, TakesTurnsAndPassesOverWhatIsFull) {
  TestGraph graph("rr :: RoundRobinIPMapper(- - 192.0.2.5 - 0 1, 192.0.2.1 7-8# 192.0.2.6 - 0 1);" +
                  around("IPRewriter(rr, pass 1)"));
  ASSERT_EQ(graph.problems(), "");
  for (const auto port : std::vector<std::uint16_t>{1, 2, 3, 4, 5, 6, 1}) {
    graph.send("in", {udp({"10.0.0.1", port, "192.0.2.9", 80})});
  }
  EXPECT_EQ(shown(graph, "out"),
            "0: 10.0.0.1 1 > 192.0.2.5 80|0: 192.0.2.1 7 > 192.0.2.6 80|"
            "0: 10.0.0.1 3 > 192.0.2.5 80|0: 192.0.2.1 8 > 192.0.2.6 80|"
            "0: 10.0.0.1 5 > 192.0.2.5 80|0: 10.0.0.1 6 > 192.0.2.5 80|"
            "0: 10.0.0.1 1 > 192.0.2.5 80");
  EXPECT_NE(TestGraph("RoundRobinIPMapper()").problems().find("no patterns given"),
            std::string::npos);
  EXPECT_NE(TestGraph("rr :: RoundRobinIPMapper(- - - - 0 2, - - - - 0 0); Idle -> IPRewriter(rr)"
                      " -> Discard")
                .problems()
                .find("output port out of range in rr :: RoundRobinIPMapper pattern 0"),
            std::string::npos);
}

TEST(SourceIPHashMapper, ASourceStaysWhenAnotherServerGoes) {
  const auto destinations = [](std::string_view servers) {
    TestGraph graph(cat("h :: SourceIPHashMapper(50 7, ", servers,
                        "); in :: Inject -> rw :: IPRewriter(h) -> out :: Capture"));
    EXPECT_EQ(graph.problems(), "");
    for (std::uint32_t i = 0; i < 300; ++i) {
      const std::string source(to_text(net::Ipv4Address::from_host(0x0a000000 + i)).view());
      graph.send("in", {udp({source, 1, "192.0.2.9", 80})});
    }
    std::vector<int> chosen;
    for (const Sample& sample : graph.captured("out")) {
      chosen.push_back(sample.bytes[19]);
    }
    return chosen;
  };
  const auto three =
      destinations("- - 192.0.2.1 - 0 0 1, - - 192.0.2.2 - 0 0 2, - - 192.0.2.3 - 0 0 3");
  const auto two = destinations("- - 192.0.2.1 - 0 0 1, - - 192.0.2.3 - 0 0 3");
  ASSERT_EQ(three.size(), 300U);
  for (const int server : {1, 2, 3}) {
    EXPECT_GT(std::ranges::count(three, server), 40);
  }
  for (std::size_t i = 0; i < three.size(); ++i) {
    EXPECT_TRUE(three[i] == 2 ? two[i] != 2 : two[i] == three[i]) << i;
  }
  const auto problems = [](std::string_view arguments) {
    return TestGraph(cat("SourceIPHashMapper(", arguments, ")")).problems();
  };
  EXPECT_NE(problems("").find("no hash seed given"), std::string::npos);
  EXPECT_NE(problems("1 2").find("no patterns given"), std::string::npos);
  EXPECT_NE(problems("1, - - - - 0 0 1").find("requires 2 config params"), std::string::npos);
  EXPECT_NE(problems("x 2, - - - - 0 0 1").find("number of nodes"), std::string::npos);
  EXPECT_NE(problems("1 x, - - - - 0 0 1").find("hash seed must be"), std::string::npos);
  EXPECT_NE(problems("1 2, - - - - 0 0 x").find("bad server ID"), std::string::npos);
}

}  // namespace
}  // namespace superfluid::elements
