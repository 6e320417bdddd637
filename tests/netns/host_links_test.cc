// SPDX-License-Identifier: Apache-2.0
// Interfaces of the host whose other end is a graph: KernelTap, KernelTun, FromHost and ToHost.

#include <gmock/gmock.h>

#include <optional>

#include "hostgraph/testing.h"
#include "netns/graph_on.h"
#include "netns/lab.h"
#include "os/clock.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::hostgraph {
namespace {

using superfluid::testing::error_of;
using superfluid::testing::GraphOn;
using superfluid::testing::Host;
using superfluid::testing::NetLab;
using ::testing::HasSubstr;
using testing::HostedGraph;

// The host pings an address behind the graph, which the graph answers.
void expect_ping(Host& host, GraphOn& graph, const std::string& address) {
  auto ping = host.start({"ping", "-c", "2", "-i", "0.2", "-W", "10", address});
  ASSERT_TRUE(ping.has_value());
  std::optional<os::ExitStatus> ended;
  EXPECT_TRUE(graph.run_until([&] {
    auto now = ping->wait({});
    ended = now ? *now : std::nullopt;
    return ended.has_value();
  }));
  EXPECT_TRUE(ended.has_value() && ended->success());
}

TEST(HostLinks, TheGraphAnswersPingsOnATun) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  SF_REQUIRE(ping);
  NetLab lab;
  Host& a = lab.host("a");
  GraphOn graph(a,
                "t :: KernelTun(192.0.2.1/24, 192.0.2.2, DEVNAME tun0)"
                "-> IPClassifier(icmp type echo) -> ICMPPingResponder -> t");
  EXPECT_EQ(graph->read("t.dev_name"), "tun0");
  expect_ping(a, graph, "192.0.2.2");
  expect_ping(a, graph, "198.51.100.7");  // by the default route
  EXPECT_EQ(graph->read("t.drops"), "0");
  EXPECT_EQ(graph->router->pool().in_use(), 0u);
}

TEST(HostLinks, TheGraphAnswersPingsOnATapFromAQueue) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  SF_REQUIRE(ping);
  NetLab lab;
  Host& a = lab.host("a");
  GraphOn graph(a,
                "t :: KernelTap(192.0.2.1/255.255.255.0, ETHER 02:00:00:00:00:01, MTU 1400)"
                "-> c :: Classifier(12/0806 20/0001, 12/0800, -) -> ARPResponder(192.0.2.0/24 "
                "02:00:00:00:00:02) -> q :: Queue -> t; c [1] -> CheckIPHeader(14)"
                "-> ICMPPingResponder -> EtherMirror -> q; c [2] -> Discard");
  expect_ping(a, graph, "192.0.2.2");
  const auto link = a.netlink().link(graph->read("t.dev_name"));
  ASSERT_TRUE(link.has_value());
  EXPECT_EQ(link->mtu, 1400u);
  EXPECT_EQ(link->address, (os::HardwareAddress{2, 0, 0, 0, 0, 1}));
}

TEST(HostLinks, FromHostAndToHostAreOneInterface) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  SF_REQUIRE(ping);
  NetLab lab;
  Host& a = lab.host("a");
  GraphOn graph(a,
                "out :: ToHost(host0); from :: FromHost(host0, 192.0.2.1/24)"
                "-> c :: Classifier(12/0806 20/0001, 12/0800, -) -> ARPResponder(192.0.2.0/24 "
                "02:00:00:00:00:02) -> out; c [1] -> CheckIPHeader(14) -> ICMPPingResponder"
                "-> EtherMirror -> out; c [2] -> Discard");
  expect_ping(a, graph, "192.0.2.2");
  EXPECT_EQ(graph->read("from.dev_name"), "host0");
  EXPECT_EQ(graph->read("out.drops"), "0");
}

TEST(HostLinks, WhatTheHostCannotHaveIsDroppedAndToldOnce) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  GraphOn graph(a,
                "InfiniteSource(LENGTH 2000, LIMIT 3) -> tap :: KernelTap(192.0.2.1/24) -> Discard;"
                "InfiniteSource(LENGTH 60, LIMIT 3) -> tun :: KernelTun(198.51.100.1/24)"
                "-> Discard");
  ASSERT_TRUE(graph.run_until_reads("tap.drops", "3"));
  ASSERT_TRUE(graph.run_until_reads("tun.drops", "3"));
  EXPECT_THAT(graph->err.text, HasSubstr("tap :: KernelTap: "));
  EXPECT_EQ(std::ranges::count(graph->err.text, '\n'), 2);
  EXPECT_EQ(graph->router->pool().in_use(), 0u);
}

TEST(HostLinks, AnotherGraphTakesTheInterfaceOver) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  SF_REQUIRE(ping);
  NetLab lab;
  Host& a = lab.host("a");
  GraphOn graph(a, "t :: KernelTun(192.0.2.1/24, DEVNAME tun0) -> Discard");
  const unsigned index = a.netlink().link("tun0")->index;
  graph.replace(
      "t :: KernelTun(192.0.2.1/24, DEVNAME tun0) -> IPClassifier(icmp type echo)"
      "-> ICMPPingResponder -> t");
  expect_ping(a, graph, "192.0.2.2");
  EXPECT_EQ(graph->read("t.dev_name"), "tun0");
  EXPECT_EQ(a.netlink().link("tun0")->index, index);
}

TEST(HostLinks, DisappearWithTheirGraph) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  {
    GraphOn graph(a, "KernelTap(192.0.2.1/24, DEVNAME tap0) -> Discard");
    EXPECT_TRUE(a.netlink().link("tap0")->up);
    std::string problems;
    const auto again = a.netns().run([&]() -> base::Status {
      problems = HostedGraph("KernelTun(192.0.2.1/24, DEVNAME tap0) -> Discard").problems;
      return {};
    });
    EXPECT_TRUE(again.has_value());
    EXPECT_THAT(problems, HasSubstr("tap0"));
  }
  EXPECT_EQ(error_of(a.netlink().link("tap0")), base::ErrorCode::kNotFound);
}

TEST(HostLinks, SilenceCostsNothing) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  GraphOn graph(a,
                "Idle -> Queue -> KernelTun(192.0.2.1/24, DEVNAME tun0) -> Discard;"
                "Script(wait 1h, stop)",
                {.simulated_time = true});
  EXPECT_EQ(graph->run(), End::kStopped);
  EXPECT_LE(graph->driver->rounds(), 5u);
}

TEST(HostLinks, RefuseWrongArguments) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"KernelTap() -> Discard", "required ADDR argument missing"},
      {"KernelTap(192.0.2.1) -> Discard", "'192.0.2.1' is not an address and its network"},
      {"KernelTap(192.0.2.1/255.0.255.0) -> Discard", "is not an address and its network"},
      {"KernelTun(192.0.2.1/24, 198.51.100.1) -> Discard", "bad GATEWAY"},
      {"KernelTun(192.0.2.1/24, MTU 67) -> Discard", "MTU out of range"},
      {"KernelTun(192.0.2.1/24, HEADROOM 8193) -> Discard", "HEADROOM too big"},
      {"KernelTun(192.0.2.1/24, BURST 0) -> Discard", "BURST out of range"},
      {"KernelTun(192.0.2.1/24, DEVNAME a/b) -> Discard", "a/b"},
      {"FromHost() -> Discard", "required DEVNAME argument missing"},
      {"FromHost(x, GATEWAY 192.0.2.1) -> Discard", "bad GATEWAY"},
      {"Idle -> ToHost()", "required DEVNAME argument missing"},
      {"FromHost(x) -> ToHost(y)", "there is no FromHost(y)"},
  };
  for (const auto& [config, complaint] : cases) {
    EXPECT_THAT(HostedGraph(config).problems, HasSubstr(complaint)) << config;
  }
}

}  // namespace
}  // namespace superfluid::hostgraph
