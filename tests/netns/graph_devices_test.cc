// SPDX-License-Identifier: Apache-2.0
// Graphs on real interfaces: rings, senders and the host's own stack, in namespaces.

#include <gmock/gmock.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "base/text.h"
#include "elements/values.h"
#include "hostgraph/testing.h"
#include "netns/graph_on.h"
#include "netns/lab.h"
#include "os/packet_ring.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using superfluid::testing::error_of;
using superfluid::testing::GraphOn;
using superfluid::testing::Host;
using superfluid::testing::NetLab;
using ::testing::HasSubstr;
using testing::HostedGraph;

using Frame = std::vector<std::uint8_t>;

constexpr std::uint8_t kType[] = {0x88, 0xb5};  // for experiments; the kernel sends none
constexpr std::uint8_t kMac[] = {2, 0, 0, 0, 0, 9};

// To everybody, since interfaces are not promiscuous unless asked.
Frame frame_of(std::size_t bytes, std::uint8_t mark) {
  Frame frame(bytes, mark);
  std::fill_n(frame.begin(), 6, std::uint8_t{0xff});
  std::copy_n(kMac, 6, frame.begin() + 6);
  std::copy_n(kType, 2, frame.begin() + 12);
  return frame;
}

TEST(GraphDevices, InterfacesAreNamesOfTheirAddresses) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  b.address("eth0", "192.0.2.2/24");
  b.address("eth0", "192.0.2.3/24");
  b.address("eth0", "2001:db8::2/64");
  b.route("0.0.0.0/0", "192.0.2.9", "eth0");
  GraphOn graph(b,
                "q :: ARPQuerier(eth0); r :: ARPResponder(eth0:ipnet eth0);"
                "Idle -> q; Idle -> [1] q; q -> r -> Discard;"
                "Idle -> ip :: SetIPAddress(eth0:ip) -> gw :: SetIPAddress(eth0:gw)"
                " -> all :: SetIPAddress(eth0:bcast) -> six :: SetIP6Address(eth0:ip6) -> Discard;"
                "Idle -> lo :: SetIPAddress(lo) -> Discard");
  EXPECT_EQ(graph->read("q.ipaddr"), "192.0.2.2");
  EXPECT_EQ(graph->read("ip.addr"), "192.0.2.2");
  EXPECT_EQ(graph->read("gw.addr"), "192.0.2.9");
  EXPECT_EQ(graph->read("all.addr"), "192.0.2.255");
  EXPECT_EQ(graph->read("six.addr"), "2001:db8::2");
  EXPECT_EQ(graph->read("lo.addr"), "127.0.0.1");
  const auto link = b.netlink().link("eth0");
  ASSERT_TRUE(link.has_value());
  EXPECT_THAT(graph->read("r.table"),
              HasSubstr(cat("192.0.2.0/24 ", elements::show(net::MacAddress{link->address}))));
}

TEST(GraphDevices, PacketsComeAndGo) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b,
                "from :: FromDevice(eth0) -> c :: Classifier(12/88b5, -)"
                "-> EtherMirror -> q :: Queue -> to :: ToDevice(eth0); c [1] -> Discard");
  const Frame sent = frame_of(100, 7);
  a.send("eth0", sent);
  ASSERT_TRUE(graph.run_until_reads("to.count", "1"));
  Frame back = sent;
  std::swap_ranges(back.begin(), back.begin() + 6, back.begin() + 6);
  EXPECT_TRUE(
      a.expect("eth0", [&](base::ByteView seen) { return std::ranges::equal(seen, back); }));
  EXPECT_EQ(graph->read("from.encap"), "ETHER");
  EXPECT_EQ(graph->read("from.kernel_drops"), "0");
  EXPECT_EQ(graph->read("to.q"), "false");
  EXPECT_EQ(graph->read("to.drops"), "0");
  EXPECT_EQ(graph->router->pool().in_use(), 0u);
  EXPECT_TRUE(graph->router->write("from.reset_counts", "").has_value());
  EXPECT_EQ(graph->read("from.count"), "0");
}

TEST(GraphDevices, WhatIsSentIsNotReceivedUnlessAskedFor) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b,
                "FromDevice(eth0, PROTOCOL 0x88b5) -> in :: Counter -> Discard;"
                "FromDevice(eth0, PROTOCOL 0x88b5, OUTBOUND true) -> both :: Counter -> Discard;"
                "InfiniteSource(DATA \\<ffffffffffff 020000000009 88b5 01020304>, LIMIT 3)"
                "-> q :: Queue -> to :: ToDevice(eth0)");
  ASSERT_TRUE(graph.run_until_reads("both.count", "3"));
  a.send("eth0", frame_of(60, 1));
  ASSERT_TRUE(graph.run_until_reads("both.count", "4"));
  EXPECT_EQ(graph->read("in.count"), "1");
}

TEST(GraphDevices, CutsPutsTagsBackAndFindsIp) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b,
                "FromDevice(eth0, false, 64) -> Classifier(12/88b5) -> Print(cut, 4) -> Discard;"
                "FromDevice(eth0) -> Classifier(12/8100) -> Print(tag, 20) -> t :: Counter"
                "-> Discard;"
                "ip :: FromDevice(eth0, FORCE_IP true) -> i :: Counter -> Discard;"
                "ip [1] -> Classifier(12/88b5) -> other :: Counter -> Discard;");
  a.send("eth0", frame_of(100, 7));
  Frame tagged = frame_of(60, 9);
  const std::uint8_t tag[] = {0x81, 0x00, 0x20, 0x05};
  tagged.insert(tagged.begin() + 12, std::begin(tag), std::end(tag));
  a.send("eth0", tagged);
  Frame ip = frame_of(60, 0);
  const std::uint8_t header[] = {0x08, 0x00, 0x45, 0,   0, 20, 0, 0,   0, 0, 1,
                                 255,  0,    0,    192, 0, 2,  1, 192, 0, 2, 2};
  std::copy(std::begin(header), std::end(header), ip.begin() + 12);
  a.send("eth0", ip);
  ASSERT_TRUE(graph.run_until_reads("i.count", "1"));
  ASSERT_TRUE(graph.run_until_reads("t.count", "1"));
  ASSERT_TRUE(graph.run_until_reads("other.count", "1"));
  EXPECT_THAT(graph->err.text + graph->out.text, HasSubstr("cut:   64 | ffffffff"));
  EXPECT_THAT(graph->err.text + graph->out.text,
              HasSubstr("tag:   64 | ffffffff ffff0200 00000009 81002005 88b50909"));
}

TEST(GraphDevices, ABurstIsReceivedWholeAndAFloodIsCounted) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b, "from :: FromDevice(eth0, PROTOCOL 0x88b5) -> c :: Counter -> Discard");
  const Frame frame = frame_of(60, 1);
  for (int i = 0; i < 2000; ++i) {
    a.send("eth0", frame);
  }
  ASSERT_TRUE(graph.run_until_reads("c.count", "2000"));
  EXPECT_EQ(graph->read("from.kernel_drops"), "0");
  for (int i = 0; i < 8000; ++i) {
    a.send("eth0", frame);
  }
  const auto dropped = base::parse_u64(graph->read("from.kernel_drops"));
  ASSERT_TRUE(dropped.has_value());
  EXPECT_GT(*dropped, 0u);
  ASSERT_TRUE(graph.run_until_reads("c.count", cat(10'000 - *dropped)));
}

TEST(GraphDevices, AnInterfaceThatIsDownOrGoneIsToldOfOnce) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b,
                "from :: FromDevice(eth0, PROTOCOL 0x88b5) -> c :: Counter -> Discard;"
                "s :: RatedSource(DATA \\<ffffffffffff 020000000009 88b5 01>, RATE 100000,"
                "ACTIVE false) -> q :: Queue -> to :: ToDevice(eth0)");
  a.send("eth0", frame_of(60, 1));
  ASSERT_TRUE(graph.run_until_reads("c.count", "1"));
  ASSERT_TRUE(b.netlink().set_up("eth0", false).has_value());
  ASSERT_TRUE(graph.run_until([&] { return !graph->err.text.empty(); }));
  EXPECT_EQ(graph->err.text, "from :: FromDevice: eth0: receive: network is down\n");
  const auto refused = [&] { return graph->read("to.drops") != "0"; };
  ASSERT_TRUE(graph->router->write("s.active", "true").has_value());
  ASSERT_TRUE(graph.run_until(refused));
  ASSERT_TRUE(graph->router->write("s.active", "false").has_value());
  EXPECT_THAT(graph->err.text, HasSubstr("to :: ToDevice: eth0: send: network is down\n"));

  ASSERT_TRUE(b.netlink().set_up("eth0").has_value());
  a.await_running("eth0");
  b.await_running("eth0");
  a.send("eth0", frame_of(60, 1));
  ASSERT_TRUE(graph.run_until_reads("c.count", "2"));
  ASSERT_TRUE(graph->router->write("s.active", "true").has_value());
  ASSERT_TRUE(graph.run_until([&] { return graph->read("to.count") != "0"; }));

  ASSERT_TRUE(b.netlink().delete_link("eth0").has_value());
  ASSERT_TRUE(graph.run_until([&] {
    return graph->err.text.find("ToDevice: eth0: send: no such device or address") !=
           std::string::npos;
  }));
  ASSERT_TRUE(graph->router->write("s.active", "false").has_value());
  EXPECT_FALSE(graph->router->stopped());
}

TEST(GraphDevices, AFullInterfaceHoldsItsQueueUp) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  if (const auto slow = b.slow_down("eth0", 10'000'000); !slow) {
    GTEST_SKIP() << slow.message();
  }
  GraphOn graph(b,
                "s :: InfiniteSource(LENGTH 1400, LIMIT 400, BURST 64) -> q :: Queue(1000)"
                "-> to :: ToDevice(eth0, DEBUG true)");
  ASSERT_TRUE(graph.run_until([&] { return graph->read("to.q") == "true"; }));
  EXPECT_NE(graph->read("q.length"), "0");
  ASSERT_TRUE(graph.run_until_reads("to.count", "400"));
  EXPECT_EQ(graph->read("to.drops"), "0");
  EXPECT_THAT(graph->err.text, HasSubstr("to :: ToDevice: eth0: waits for room\n"));
  EXPECT_EQ(graph->router->pool().in_use(), 0u);
}

TEST(GraphDevices, AQueueThatIsFullIsTriedAgain) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  if (const auto slow = b.slow_down("eth0", 6000); !slow) {
    GTEST_SKIP() << slow.message();
  }
  GraphOn graph(b,
                "InfiniteSource(LENGTH 1400, LIMIT 50) -> q :: Queue(1000)"
                "-> to :: ToDevice(eth0)");
  ASSERT_TRUE(graph.run_until_reads("to.count", "50"));
  EXPECT_EQ(graph->read("to.drops"), "0");
}

TEST(GraphDevices, SaysWhichPacketsWent) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b,
                "InfiniteSource(LENGTH 60, LIMIT 5) -> q :: Queue -> to :: ToDevice(eth0);"
                "InfiniteSource(LENGTH 2000, LIMIT 2) -> q;"
                "to [0] -> went :: Counter -> Discard; to [1] -> stayed :: Counter -> Discard");
  ASSERT_TRUE(graph.run_until_reads("went.count", "5"));
  ASSERT_TRUE(graph.run_until_reads("stayed.count", "2"));
  EXPECT_EQ(graph->read("to.drops"), "2");
}

// Nobody would be woken for it over and over.
TEST(GraphDevices, TheTroubleOfARingIsTakenFromItsDescriptor) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  auto ring = b.netns().run([] { return os::PacketRing::open("eth0", {.protocol = 0x88b5}); });
  ASSERT_TRUE(ring.has_value());
  pollfd ready{.fd = ring->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
  EXPECT_FALSE(ring->take_trouble().has_value());
  for (const bool gone : {false, true}) {
    ASSERT_TRUE(
        (gone ? b.netlink().delete_link("eth0") : b.netlink().set_up("eth0", false)).has_value());
    ASSERT_EQ(::poll(&ready, 1, 20'000), 1);
    EXPECT_EQ(ring->take_trouble()->code(), base::ErrorCode::kUnreachable);
    EXPECT_EQ(::poll(&ready, 1, 0), 0);
    EXPECT_FALSE(ring->next().has_value());
    if (!gone) {
      ASSERT_TRUE(b.netlink().set_up("eth0").has_value());
      b.await_running("eth0");
    }
  }
}

// No traffic, no rounds: those there are come from the script's timer and the kernel's own frames.
TEST(GraphDevices, SilenceCostsNothing) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  GraphOn graph(b,
                "FromDevice(eth0, PROTOCOL 0x88b5) -> Queue -> ToDevice(eth0);"
                "Script(wait 1h, stop)",
                {.simulated_time = true});
  EXPECT_EQ(graph->run(), End::kStopped);
  EXPECT_LE(graph->driver->rounds(), 5u);
}

TEST(GraphDevices, AnotherGraphTakesTheRingOver) {
  SF_REQUIRE(netns);
  NetLab lab;
  auto [a, b] = lab.two_hosts();
  constexpr std::string_view kConfig =
      "from :: FromDevice(eth0, PROTOCOL 0x88b5) -> c :: Counter -> Discard";
  GraphOn graph(b, kConfig);
  a.send("eth0", frame_of(60, 1));
  ASSERT_TRUE(graph.run_until_reads("c.count", "1"));
  a.send("eth0", frame_of(60, 1));  // is in the old ring, and waits
  graph.replace(kConfig);
  ASSERT_TRUE(graph.run_until_reads("from.count", "2"));
  EXPECT_EQ(graph->read("c.count"), "2");
}

TEST(GraphDevices, WrongArgumentsAndInterfacesAreRefused) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"FromDevice() -> Discard", "required DEVNAME argument missing"},
      {"FromDevice(none) -> Discard", "no interface none"},
      {"FromDevice(a/b) -> Discard", "a/b"},
      {"FromDevice(lo, SNAPLEN 13) -> Discard", "SNAPLEN out of range"},
      {"FromDevice(lo, SNAPLEN 65536) -> Discard", "SNAPLEN out of range"},
      {"FromDevice(lo, HEADROOM 8191) -> Discard", "HEADROOM out of range"},
      {"FromDevice(lo, BURST 0) -> Discard", "BURST out of range"},
      {"FromDevice(lo, METHOD NETMAP) -> Discard", "bad METHOD"},
      {"FromDevice(lo, SNIFFER false) -> Discard", "SNIFFER false is not supported"},
      {"FromDevice(lo, BPF_FILTER \"ip\") -> Discard", "BPF_FILTER is not supported"},
      {"Idle -> Queue -> ToDevice(none)", "no interface none"},
      {"Idle -> Queue -> ToDevice(lo, BURST 0)", "bad BURST"},
      {"Idle -> Queue -> ToDevice(lo, METHOD X)", "bad METHOD"},
      {"Idle -> Queue -> ToDevice(lo); Idle -> Queue -> ToDevice(lo)",
       "duplicate writer for device 'lo'"},
  };
  for (const auto& [config, complaint] : cases) {
    std::string problems;
    const auto built = a.netns().run([&, text = config]() -> base::Status {
      problems = HostedGraph(text).problems;
      return {};
    });
    ASSERT_TRUE(built.has_value());
    EXPECT_THAT(problems, HasSubstr(complaint)) << config;
  }
}

TEST(GraphDevices, WithoutPrivilegesItSaysWhichIsMissing) {
  SF_REQUIRE(root);
  std::optional<base::Result<os::PacketRing>> opened;
  std::thread([&] {  // capabilities belong to a thread
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct none[2]{};
    ASSERT_EQ(::syscall(SYS_capset, &header, none), 0);
    opened.emplace(os::PacketRing::open("lo", {}));
  })
      .join();
  EXPECT_EQ(error_of(*opened), base::ErrorCode::kNotPermitted);
  EXPECT_THAT(opened->error().message(), HasSubstr("CAP_NET_RAW"));
}

}  // namespace
}  // namespace superfluid::hostgraph
