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
using testing::kInner;
using testing::kInnerToo;
using testing::kNat;
using testing::Sample;
using testing::show;
using testing::shown;
using testing::tcp;
using testing::TestGraph;
using testing::udp;

TEST(ICMPPingRewriter, TranslatesIdentifiers) {
  TestGraph graph(around("ICMPPingRewriter(pattern 192.0.2.1 - 0-65535# 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {icmp(kInner, net::IcmpType::kEchoRequest, 77),
                    icmp(kInnerToo, net::IcmpType::kEchoRequest, 77)});
  EXPECT_EQ(shown(graph, "out"), "0: 192.0.2.1 > 192.0.2.9 id 0|0: 192.0.2.1 > 192.0.2.9 id 1");
  const Ends back{"192.0.2.9", 0, "192.0.2.1", 0};
  graph.send("back",
             {icmp(back, net::IcmpType::kEchoReply, 1), icmp(back, net::IcmpType::kEchoReply, 5),
              icmp(back, net::IcmpType::kRedirect, 1)});
  EXPECT_EQ(shown(graph, "out"), "1: 192.0.2.9 > 10.0.0.2 id 77");
  EXPECT_EQ(graph.read("rw.table").substr(0, 48),
            "(10.0.0.1, 192.0.2.9, 77) => (192.0.2.1, 192.0.2");
  graph.send("in", {icmp({"10.0.0.3", 0, "192.0.2.9", 0}, net::IcmpType::kEchoReply, 77)});
  EXPECT_EQ(shown(graph, "out"), "") << "a reply begins no flow";
}

TEST(ICMPPingRewriter, AReplyOfZerosHasTheChecksumOfZeros) {
  TestGraph graph(around("ICMPPingRewriter(pattern 192.0.2.1 - 9-99# 0 1, drop)"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {icmp(kInner, net::IcmpType::kEchoRequest, 0)});
  graph.send("back", {icmp({"192.0.2.9", 0, "192.0.2.1", 0}, net::IcmpType::kEchoReply, 9)});
  EXPECT_EQ(shown(graph, "out"), "0: 192.0.2.1 > 192.0.2.9 id 9|1: 192.0.2.9 > 10.0.0.1 id 0");
}

// An error that a router sends about the packet.
Sample error_about(const Sample& packet, std::string_view to, std::size_t quoted = 1000) {
  const base::ByteView quote =
      base::ByteView(packet.bytes).first(std::min(quoted, packet.bytes.size()));
  return icmp({"198.51.100.1", 0, to, 0}, net::IcmpType::kTimeExceeded, 0, quote);
}

std::string quoted(const Sample& error) {
  Sample inner(std::vector<std::uint8_t>(error.bytes.begin() + 28, error.bytes.end()));
  return show(inner);
}

TEST(ICMPRewriter, BringsErrorsBack) {
  TestGraph graph(cat(around(cat("IPRewriter(", kNat, ")")),
                      "ping :: Inject -> pr :: ICMPPingRewriter(pattern 192.0.2.1 - 9-99# 0 0)"
                      "-> [2] out; errors :: Inject -> er :: ICMPRewriter(rw pr) -> [3] out;"
                      "er[1] -> [4] out;"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {udp(kInner), tcp(kInner, net::kTcpAck, "x")});
  graph.send("ping", {icmp(kInner, net::IcmpType::kEchoRequest, 5)});
  const std::vector<Sample> sent = graph.captured("out");
  graph.forget("out");
  ASSERT_EQ(sent.size(), 3U);
  for (const Sample& each : sent) {
    graph.send("errors", {error_about(each, "192.0.2.1")});
  }
  const std::vector<Sample> back = graph.captured("out");
  ASSERT_EQ(back.size(), 3U);
  EXPECT_EQ(show(back[0]), "198.51.100.1 > 10.0.0.1 id 0");
  EXPECT_EQ(quoted(back[0]), "10.0.0.1 2000 > 192.0.2.9 80");
  EXPECT_EQ(quoted(back[1]), "10.0.0.1 2000 > 192.0.2.9 80");
  EXPECT_EQ(quoted(back[2]), "10.0.0.1 > 192.0.2.9 id 5");
  graph.forget("out");
  // Cut quotes, foreign ones, and what is no error.
  graph.send("errors",
             {error_about(sent[1], "192.0.2.1", 28), error_about(sent[1], "192.0.2.1", 27),
              error_about(udp(kInnerToo), "192.0.2.1"), error_about(sent[0], "192.0.2.1", 19),
              icmp(kInner, net::IcmpType::kEchoRequest, 5), udp(kInner)});
  const std::vector<Sample> rest = graph.captured("out");
  ASSERT_EQ(rest.size(), 6U);
  EXPECT_EQ(rest[0].port, 3U);
  EXPECT_EQ(show(rest[0]), "198.51.100.1 > 10.0.0.1 id 0");
  EXPECT_TRUE(std::all_of(rest.begin() + 1, rest.end(), [](auto& each) { return each.port == 4; }));
  EXPECT_EQ(graph.held(), 0U);
}

TEST(ICMPRewriter, WhatIsWrongIsSaid) {
  EXPECT_NE(TestGraph("Idle -> ICMPRewriter(nobody) -> Discard")
                .problems()
                .find("nobody not an IP rewriter"),
            std::string::npos);
  EXPECT_NE(TestGraph("Idle -> rw :: IPRewriter(drop) -> Discard; Idle -> ICMPRewriter(rw:1) -> "
                      "Discard")
                .problems()
                .find("rw:1 port offset requires more than 1 output"),
            std::string::npos);
  EXPECT_NE(TestGraph("Idle -> ICMPRewriter(\"\") -> Discard").problems(), "");
}

TEST(ICMPRewriter, DropsAreCountedWhereThereIsNoOutputForThem) {
  TestGraph graph(
      "in :: Inject -> rw :: IPRewriter(drop) -> Discard; e :: Inject -> er :: ICMPRewriter(rw)"
      " -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("e", {udp(kInner), error_about(udp(kInner), "192.0.2.1")});
  EXPECT_EQ(graph.read("er.drops"), "2");
  EXPECT_EQ(graph.held(), 0U);
}

}  // namespace
}  // namespace superfluid::elements
