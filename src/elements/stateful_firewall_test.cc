// SPDX-License-Identifier: Apache-2.0
#include "elements/stateful_firewall.h"

#include <gtest/gtest.h>

#include "elements/samples.h"
#include "elements/testing.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using net::IpProtocol;
using testing::ipv4;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using testing::udp;
using Bytes = std::vector<std::uint8_t>;

constexpr net::Ipv4Address kInside{{10, 0, 0, 1}};
constexpr net::Ipv4Address kServer{{10, 0, 0, 5}};
constexpr net::Ipv4Address kOutside{{203, 0, 113, 1}};

Sample tcp(net::Ipv4Address from, net::Ipv4Address to, const net::TcpFields& fields) {
  Bytes bytes(20);
  base::Writer writer(bytes);
  net::write_tcp(writer, fields, net::PseudoHeader(from, to), {});
  return ipv4(from, to, IpProtocol::kTcp, bytes);
}

std::string firewall(std::string_view arguments) {
  return base::cat(
      "a :: Inject -> MarkIPHeader -> fw :: StatefulFirewall(", arguments,
      "); b :: Inject -> MarkIPHeader -> [1] fw;"
      "fw [0] -> out :: Capture; fw [1] -> in :: Capture; fw [2] -> refused :: Capture");
}

TEST(StatefulFirewall, WithoutRulesTheInsideBegins) {
  for (const bool shared : {false, true}) {
    TestGraph graph(firewall(""), TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    const Sample request = udp(kInside, 1024, kOutside, 53);
    const Sample reply = udp(kOutside, 53, kInside, 1024);
    graph.send("b", {reply});
    graph.send("a", {request, request});
    graph.send("b", {reply});
    EXPECT_EQ(graph.captured("out").size(), 2U);
    ASSERT_EQ(graph.captured("in").size(), 1U);
    EXPECT_EQ(graph.captured("in")[0].bytes, reply.bytes);
    ASSERT_EQ(graph.captured("refused").size(), 1U);
    EXPECT_EQ(graph.captured("refused")[0].bytes, reply.bytes);
    EXPECT_EQ(graph.read("fw.connections"), "udp 10.0.0.1:1024 203.0.113.1:53 answered 120\n");
    EXPECT_EQ(graph.read("fw.count"), "1");
    EXPECT_EQ(graph.read("fw.passed"), "3");
    EXPECT_EQ(graph.read("fw.drops"), "1");
    EXPECT_EQ(graph.write("fw.clear"), "");
    EXPECT_EQ(graph.read("fw.connections"), "");
  }
}

TEST(StatefulFirewall, RulesDecideAboutFirstPacketsOfTheirSide) {
  TestGraph graph(
      firewall("deny inside dst tcp port 25, allow inside,"
               "allow outside dst host 10.0.0.5 && dst tcp port 443, drop all"));
  ASSERT_EQ(graph.problems(), "");
  const auto syn = [](net::Ipv4Address from, net::Ipv4Address to, std::uint16_t port) {
    return tcp(from, to, {.source_port = 1024, .destination_port = port, .flags = net::kTcpSyn});
  };
  graph.send("a", {syn(kInside, kOutside, 25), syn(kInside, kOutside, 80)});
  graph.send(
      "b", {syn(kOutside, kServer, 443), syn(kOutside, kServer, 80), syn(kOutside, kInside, 443)});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.captured("out")[0].bytes, syn(kInside, kOutside, 80).bytes);
  ASSERT_EQ(graph.captured("in").size(), 1U);
  EXPECT_EQ(graph.captured("in")[0].bytes, syn(kOutside, kServer, 443).bytes);
  EXPECT_EQ(graph.read("fw.connections"),
            "tcp 10.0.0.1:1024 203.0.113.1:80 syn-sent 60\n"
            "tcp 203.0.113.1:1024 10.0.0.5:443 syn-sent 60\n");
}

TEST(StatefulFirewall, CountsDropsByReason) {
  TestGraph graph(firewall("allow all"));
  ASSERT_EQ(graph.problems(), "");
  Sample ipv6_inside = udp(kInside, 1, kOutside, 2);
  ipv6_inside.bytes[0] = 0x65;
  Sample fragment = udp(kInside, 1, kOutside, 2);
  fragment.bytes[6] = 0x20;
  Bytes redirect(36);
  base::Writer writer(redirect);
  net::write_icmp(writer, {.type = net::IcmpType::kRedirect}, udp(kInside, 1, kOutside, 2).bytes);
  graph.send("a", {"", ipv6_inside, fragment,
                   tcp(kInside, kOutside, {.flags = net::kTcpSyn | net::kTcpFin}),
                   tcp(kInside, kOutside, {.flags = net::kTcpAck}),
                   ipv4(kOutside, kInside, IpProtocol::kIcmpv4, redirect),
                   tcp(kInside, kOutside, {.flags = net::kTcpSyn})});
  graph.send("b", {tcp(kOutside, kInside, {.flags = net::kTcpSyn}),
                   tcp(kOutside, kInside, {.acknowledgment = 9, .flags = net::kTcpAck}),
                   tcp(kInside, kOutside, {.flags = net::kTcpSyn})});
  EXPECT_EQ(graph.read("fw.drop_details"),
            "0\tdenied\n2\tmalformed\n1\tfragment\n1\tbad flags\n1\tno connection\n"
            "1\tout of state\n1\tout of window\n1\twrong side\n1\tunrelated\n0\ttable full\n");
  EXPECT_EQ(graph.read("fw.drops"), "9");
  EXPECT_EQ(graph.read("fw.passed"), "1");
}

TEST(StatefulFirewall, ForgetsInItsTime) {
  TestGraph graph(firewall("LIMIT 4, UDP_TIMEOUT 5, UDP_STREAMING_TIMEOUT 20"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {udp(kInside, 1, kOutside, 53), udp(kInside, 2, kOutside, 53)});
  graph.send("b", {udp(kOutside, 53, kInside, 1)});
  graph.advance(base::seconds(10));
  EXPECT_EQ(graph.read("fw.count"), "1");
  graph.advance(base::seconds(30));
  EXPECT_EQ(graph.read("fw.count"), "0");
  EXPECT_EQ(graph.read("fw.expired"), "2");
  EXPECT_FALSE(graph.router().schedule().next_timer());
  for (std::uint16_t port = 1; port < 20; ++port) {
    graph.send("a", {udp(kInside, port, kOutside, 53)});
  }
  EXPECT_EQ(graph.read("fw.count"), "4");
  EXPECT_EQ(graph.read("fw.evicted"), "15");
}

TEST(StatefulFirewall, AReconfigurationKeepsConnections) {
  TestGraph before(firewall(""));
  TestGraph after(firewall("deny all"));
  before.send("a", {udp(kInside, 1, kOutside, 53)});
  after.element("fw").take_state(before.element("fw"));
  after.send("a", {udp(kInside, 1, kOutside, 53), udp(kInside, 2, kOutside, 53)});
  EXPECT_EQ(after.captured("out").size(), 1U);
  EXPECT_EQ(after.read("fw.passed"), "2");
  EXPECT_EQ(after.read("fw.drops"), "1");
}

TEST(StatefulFirewall, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    const std::string text = TestGraph(firewall(arguments)).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("permit all"), "  rule 0: expected 'allow' or 'deny'\n");
  EXPECT_NE(problem("allow all, deny inside dst prot 5")
                .find("  pattern 1: garbage after expression at 'prot'\n"),
            std::string::npos);
  EXPECT_EQ(problem("LIMIT 0"), "  LIMIT: expected a number from 1 to 1073741824\n");
}

}  // namespace
}  // namespace superfluid::elements
