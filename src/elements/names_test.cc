// SPDX-License-Identifier: Apache-2.0
// AddressInfo and PortInfo: who sees which name, and what it means to whom.
#include <gtest/gtest.h>

#include "elements/ip_header.h"
#include "elements/testing.h"
#include "graph/names.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

constexpr std::string_view kNames =
    "AddressInfo(a 10.1.2.3/24 2:0:0:0:0:1, b 2:0:0:0:0:2, c a 2001:db8::7/32, d b:eth a:bcast,"
    " gw:gw 192.0.2.9, gw 10.0.0.0/8);"
    "PortInfo(game 27015/udp arcade # players, www 8080, odd 9/sctp, # nothing);"
    "x :: Idle -> Discard;";

TEST(AddressInfo, GivesEachKindOfAddressItsMeaning) {
  TestGraph graph(kNames);
  ASSERT_EQ(graph.problems(), "");
  const graph::Element* user = &graph.element("x");
  const auto address = [&](std::string_view text) {
    const auto found = graph::named_ipv4(text, user);
    return found ? std::string(to_text(*found).view()) : "-";
  };
  EXPECT_EQ(address("a"), "10.1.2.3");
  EXPECT_EQ(address("a:IP"), "10.1.2.3");
  EXPECT_EQ(address("a:ip4"), "10.1.2.3");
  EXPECT_EQ(address("a:bcast"), "10.1.2.255");
  EXPECT_EQ(address("a:gw"), "10.1.2.1");
  EXPECT_EQ(address("gw:gw"), "192.0.2.9");
  EXPECT_EQ(address("c"), "10.1.2.3");
  EXPECT_EQ(address("d"), "10.1.2.255");
  EXPECT_EQ(address("gw"), "-");  // a range only
  EXPECT_EQ(address("b"), "-");
  EXPECT_EQ(address("b:gw"), "-");
  EXPECT_EQ(address("a:eth"), "-");
  EXPECT_EQ(address("a:what"), "-");
  EXPECT_EQ(address("nobody"), "-");
  EXPECT_EQ(address("a:"), "-");
  EXPECT_EQ(graph::named_range("a:ipnet", user)->mask.host(), 0xffffff00U);
  EXPECT_EQ(graph::named_range("gw", user)->mask.host(), 0xff000000U);
  EXPECT_EQ(graph::named_mac("d:ether", user)->bytes[5], 2);
  EXPECT_EQ(graph::named_mac("a", user)->bytes[5], 1);
  EXPECT_EQ(to_text(*graph::named_ipv6("c:ip6", user)).view(), "2001:db8::7");
  EXPECT_EQ(graph::named_ipv6_prefix("c:ip6net", user)->length(), 32U);
  EXPECT_EQ(graph::named_ipv4("a", nullptr), std::nullopt);
}

TEST(AddressInfo, IsKnownInItsCompoundAndThoseWithin) {
  TestGraph graph(
      "AddressInfo(n 10.0.0.1, m 10.0.0.9);"
      "c :: { in :: Idle -> s :: SetIPAddress(n) -> Discard; AddressInfo(n 10.0.0.2);"
      "  d :: { Idle -> t :: SetIPAddress(n) -> u :: SetIPAddress(m) -> Discard } };"
      "Idle -> v :: SetIPAddress(n) -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("v.addr"), "10.0.0.1");
  EXPECT_EQ(graph.read("c/s.addr"), "10.0.0.2");
  EXPECT_EQ(graph.read("c/d/t.addr"), "10.0.0.2");
  EXPECT_EQ(graph.read("c/d/u.addr"), "10.0.0.9");
  EXPECT_NE(TestGraph("c :: { AddressInfo(n 10.0.0.2); Idle -> Discard };"
                      "Idle -> SetIPAddress(n) -> Discard")
                .problems(),
            "");
}

TEST(AddressInfo, ServesEveryArgumentThatIsAnAddress) {
  TestGraph graph(
      "AddressInfo(us 10.0.0.1/24 2:0:0:0:0:1, them 10.9.0.0/16, peer 10.0.0.2 2:0:0:0:0:2);"
      "PortInfo(game 27015);"
      "r :: ARPResponder(us, peer:ip us:eth); Idle -> r -> Discard;"
      "q :: ARPQuerier(us); Idle -> q -> Discard; Idle -> [1] q;"
      "Idle -> e :: EtherEncap(0x0800, us, peer) -> u :: UDPIPEncap(us, game, peer:ip, game)"
      " -> i :: IPEncap(udp, us, peer) -> ICMPError(us, unreachable, net, us:bcast)"
      " -> CheckIPHeader(INTERFACES us:ipnet) -> StoreIPAddress(peer, 0) -> Discard;"
      "rt :: StaticIPLookup(us 0, us:ipnet 1, us:bcast 2, them peer:ip 3);"
      "Idle -> rt; rt [0,1,2,3] => Discard, Discard, Discard, Discard;"
      "in :: Inject -> MarkIPHeader -> c :: IPClassifier(src host us and dst net them, src "
      "us:ipnet, dst port game,"
      " -) -> a :: Capture; c [1] -> b :: Capture; c [2] -> p :: Capture; c [3] -> n :: Capture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("r.table"),
            "10.0.0.1/32 02-00-00-00-00-01\n10.0.0.2/32 02-00-00-00-00-01\n");
  EXPECT_EQ(graph.read("q.ipaddr"), "10.0.0.1");
  EXPECT_EQ(graph.read("e.dst"), "02-00-00-00-00-02");
  EXPECT_EQ(graph.read("u.dport"), "27015");
  EXPECT_EQ(graph.read("rt.lookup", "us:ip"), "0");
  EXPECT_EQ(graph.read("rt.lookup", "10.0.0.255"), "2");
  EXPECT_EQ(graph.read("rt.lookup", "10.0.0.7"), "1");
  EXPECT_EQ(graph.read("rt.lookup", "10.9.8.7"), "3 10.0.0.2");
  EXPECT_EQ(graph.write("q.insert", "peer peer"), "");
  EXPECT_EQ(graph.read("q.table").substr(0, 28), "10.0.0.2 1 02-00-00-00-00-02");
  EXPECT_EQ(graph.read("r.lookup", "peer"), "02-00-00-00-00-01");

  const auto udp = [](net::Ipv4Address source, net::Ipv4Address destination, std::uint16_t port) {
    std::vector<std::uint8_t> bytes(28);
    base::Writer writer(bytes);
    net::write_ipv4(
        writer, {.protocol = net::IpProtocol::kUdp, .source = source, .destination = destination},
        8);
    writer.u16(1);
    writer.u16(port);
    Sample sample(std::move(bytes));
    return sample;
  };
  graph.send("in", {udp({{10, 0, 0, 1}}, {{10, 9, 1, 1}}, 5), udp({{10, 0, 0, 7}}, {}, 5),
                    udp({}, {}, 27015), udp({}, {}, 5)});
  for (const std::string_view capture : {"a", "b", "p", "n"}) {
    EXPECT_EQ(graph.captured(capture).size(), 1U) << capture;
  }
}

TEST(AddressInfo, ServesPatternsOfRewriters) {
  TestGraph graph(
      "AddressInfo(us 10.0.0.1, pool 10.0.1.0/29, them 10.9.0.1);"
      "p :: IPRewriterPatterns(named us 1024-65535 them -);"
      "r :: IPRewriter(pattern us 1000-2000 - - 0 0, pattern named 0 0, pattern pool - 0 0,"
      " pattern us-them them 0 0); Idle -> r -> Discard; Idle -> [1] r; Idle -> [2] r;"
      "Idle -> [3] r; Idle -> s :: SetIPAddress(us) -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("r.patterns"),
            "10.0.0.1 1000-2000 - -\n10.0.0.1 1024-65535 10.9.0.1 -\n10.0.1.1-10.0.1.6 -\n"
            "10.0.0.1-10.9.0.1 10.9.0.1\n");
  EXPECT_EQ(graph.write("s.addr", "them:ip"), "");
  EXPECT_EQ(graph.read("s.addr"), "10.9.0.1");
  EXPECT_EQ(graph.write("s.addr", "them:eth"), "error: \"them:eth\" is not an IPv4 address");
}

TEST(AddressInfo, NamesMayStandBeforeAndBehindASlash) {
  TestGraph graph(
      "AddressInfo(a 10.1.2.3, b 10.3.0.1, m 255.255.0.0);"
      "f :: StaticIPLookup(a/16 0, b/m 1, 10.2/16 2);"
      "Idle -> f; f [0,1,2] => Discard, Discard, Discard");
  EXPECT_EQ(graph.problems(), "");
  EXPECT_NE(TestGraph("Idle -> StaticIPLookup(10.2/24 0) -> Discard").problems(), "");
}

TEST(PortInfo, NamesPortsByProtocol) {
  TestGraph graph(kNames);
  ASSERT_EQ(graph.problems(), "");
  const graph::Element* user = &graph.element("x");
  EXPECT_EQ(graph::named_port("game", user, true), 27015);
  EXPECT_EQ(graph::named_port("arcade", user, true), 27015);
  EXPECT_EQ(graph::named_port("game", user, false), std::nullopt);
  EXPECT_EQ(graph::named_port("www", user, false), 8080);
  EXPECT_EQ(graph::named_port("odd", user, false), std::nullopt);
  EXPECT_EQ(graph::named_port("players", user, true), std::nullopt);
}

TEST(PortInfo, WinsOverWhatIsAlwaysKnown) {
  TestGraph graph(
      "PortInfo(www 8080); Idle -> u :: UDPIPEncap(10.0.0.1, www, 10.0.0.2, ssh)"
      " -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("u.sport") + " " + graph.read("u.dport"), "8080 22");
}

TEST(AddressInfo, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("a :: AddressInfo(n)").problems(),
            "t:1:1: While configuring 'a :: AddressInfo':\n  expected 'NAME [ADDRS]'\n");
  EXPECT_EQ(TestGraph("a :: AddressInfo(n 10.0.0.300)").problems(),
            "t:1:1: While configuring 'a :: AddressInfo':\n"
            "  '10.0.0.300' is not a recognizable address\n");
  EXPECT_EQ(TestGraph("a :: PortInfo(n 70000)").problems(),
            "t:1:1: While configuring 'a :: PortInfo':\n  expected 'NAME PORT/PROTO'\n");
  EXPECT_EQ(TestGraph("a :: PortInfo(n)").problems(),
            "t:1:1: While configuring 'a :: PortInfo':\n  expected 'NAME PORT/PROTO'\n");
}

}  // namespace
}  // namespace superfluid::elements
