// SPDX-License-Identifier: Apache-2.0
// What os does to interfaces, addresses and routes, seen in namespaces made for it.

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "netns/lab.h"
#include "os/netlink.h"
#include "os/packet_socket.h"
#include "os/tap.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::os {
namespace {

using superfluid::testing::error_of;

using base::ErrorCode;
using superfluid::testing::Host;
using superfluid::testing::NetLab;
using ::testing::HasSubstr;

constexpr HardwareAddress kHere{2, 0, 0, 0, 0, 1};
constexpr HardwareAddress kThere{2, 0, 0, 0, 0, 2};

TEST(Netlink, MakesVethAsDescribed) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  Host& b = lab.host("b");
  ASSERT_TRUE(a.netlink()
                  .create_veth({.name = "here", .address = kHere, .mtu = 9000},
                               {.name = "there", .address = kThere, .mtu = 1400}, b.netns())
                  .has_value());
  const auto here = a.netlink().link("here");
  const auto there = b.netlink().link("there");
  ASSERT_TRUE(here.has_value() && there.has_value());
  EXPECT_EQ(here->kind, "veth");
  EXPECT_EQ(here->address, kHere);
  EXPECT_EQ(here->mtu, 9000u);
  EXPECT_FALSE(here->up);
  EXPECT_EQ(there->address, kThere);
  EXPECT_EQ(there->mtu, 1400u);
  EXPECT_EQ(error_of(a.netlink().link("there")), ErrorCode::kNotFound);
  EXPECT_EQ(a.netlink().links().value().size(), 2u);  // with the loopback

  ASSERT_TRUE(a.netlink().set_up("here").has_value());
  EXPECT_TRUE(a.netlink().link("here")->up);
  EXPECT_FALSE(a.netlink().link("here")->running);
  ASSERT_TRUE(b.netlink().set_up("there").has_value());
  a.await_running("here");
  ASSERT_TRUE(a.netlink().set_up("here", false).has_value());
  EXPECT_FALSE(a.netlink().link("here")->up);
  ASSERT_TRUE(a.netlink().set_mtu("here", 1300).has_value());
  EXPECT_EQ(a.netlink().link("here")->mtu, 1300u);

  ASSERT_TRUE(b.netlink().delete_link("there").has_value());
  EXPECT_EQ(error_of(a.netlink().link("here")), ErrorCode::kNotFound);
}

TEST(Netlink, SaysWhyNot) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  NetlinkSocket& netlink = a.netlink();
  ASSERT_TRUE(netlink.create_bridge("br0").has_value());
  EXPECT_EQ(error_of(netlink.create_bridge("br0")), ErrorCode::kConflict);
  EXPECT_EQ(error_of(netlink.create_bridge("br 0")), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(netlink.create_veth({.name = "x"}, {.name = "a/b"}, a.netns())),
            ErrorCode::kInvalid);
  EXPECT_EQ(netlink.delete_link("absent").error().message(), "no interface absent");
  EXPECT_EQ(error_of(netlink.set_master("lo", "absent")), ErrorCode::kNotFound);
  EXPECT_FALSE(netlink.set_master("lo", "br0").has_value());  // no bridge takes a loopback
  EXPECT_FALSE(netlink.set_mtu("br0", 1).has_value());
  EXPECT_EQ(error_of(netlink.disable_offloads("absent")), ErrorCode::kNotFound);
}

TEST(Netlink, MovesALinkAndTellsItsMaster) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  Host& b = lab.host("b");
  ASSERT_TRUE(a.netlink().create_veth({.name = "x"}, {.name = "y"}, a.netns()).has_value());
  ASSERT_TRUE(a.netlink().move("y", b.netns()).has_value());
  EXPECT_FALSE(a.netlink().link("y").has_value());
  ASSERT_TRUE(b.netlink().create_bridge("br0").has_value());
  ASSERT_TRUE(b.netlink().set_master("y", "br0").has_value());
  EXPECT_EQ(b.netlink().link("y")->master, b.netlink().link("br0")->index);
  EXPECT_EQ(b.netlink().link("br0")->kind, "bridge");
}

TEST(Netlink, AddsAndDeletesRoutesAndNeighbours) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  a.address("eth0", "192.0.2.1/24");
  a.address("eth0", "2001:db8::1/64");
  EXPECT_EQ(error_of(a.netlink().add_address("eth0", IpPrefix::parse("192.0.2.1/24").value())),
            ErrorCode::kConflict);
  struct Case {
    const char* destination;
    const char* gateway;
  };
  for (const Case& c : {Case{"198.51.100.0/24", "192.0.2.9"}, Case{"203.0.113.0/24", nullptr},
                        Case{"0.0.0.0/0", "192.0.2.9"}, Case{"2001:db8:9::/48", "2001:db8::9"},
                        Case{"2001:db8:8::/48", nullptr}}) {
    Route route{.destination = IpPrefix::parse(c.destination).value(), .link = "eth0"};
    if (c.gateway != nullptr) {
      route.gateway = IpAddress::parse(c.gateway).value();
    }
    ASSERT_TRUE(a.netlink().add_route(route).has_value()) << c.destination;
    EXPECT_EQ(error_of(a.netlink().add_route(route)), ErrorCode::kConflict) << c.destination;
    EXPECT_THAT(a.netlink().describe().value(),
                HasSubstr(c.gateway != nullptr ? c.gateway : c.destination));
    ASSERT_TRUE(a.netlink().delete_route(route).has_value()) << c.destination;
    EXPECT_EQ(error_of(a.netlink().delete_route(route)), ErrorCode::kNotFound) << c.destination;
  }
  const Route mixed{.destination = IpPrefix::parse("10.0.0.0/8").value(),
                    .gateway = IpAddress::parse("2001:db8::9").value(),
                    .link = "eth0"};
  EXPECT_EQ(error_of(a.netlink().add_route(mixed)), ErrorCode::kInvalid);

  // A neighbour that answers no question: the frame goes to the address we stated.
  for (const HardwareAddress& at : {kHere, kThere}) {
    ASSERT_TRUE(
        a.netlink().add_neighbour("eth0", IpAddress::parse("192.0.2.7").value(), at).has_value());
    a.run({"bash", "-c", "echo hello > /dev/udp/192.0.2.7/9"});
    EXPECT_TRUE(b.expect("eth0", [&](base::ByteView frame) {
      return std::equal(at.begin(), at.end(), frame.begin());
    }));
  }
  ASSERT_TRUE(a.netlink()
                  .add_neighbour("eth0", IpAddress::parse("2001:db8::7").value(), kHere)
                  .has_value());
}

TEST(Tap, CarriesFramesBothWaysAndVanishes) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  {
    auto tap = a.netns().run([] { return Tap::open("tap0", {}); });
    ASSERT_TRUE(tap.has_value()) << tap.error().to_string();
    EXPECT_EQ(error_of(a.netns().run([] { return Tap::open("tap0", {}); })), ErrorCode::kConflict);
    ASSERT_TRUE(a.netlink().set_up("tap0").has_value());
    auto socket = a.netns().run([] { return PacketSocket::open("tap0"); });
    ASSERT_TRUE(socket.has_value());
    std::vector<std::uint8_t> frame(60, 0xff);
    frame[12] = 0x88;
    frame[13] = 0xb5;
    ASSERT_EQ(::write(tap->queue(0), frame.data(), frame.size()), 60);
    std::array<std::uint8_t, 2048> room;
    EXPECT_EQ(socket->receive(room).value(), 60u);
    frame[14] = 42;
    ASSERT_TRUE(socket->send(frame).has_value());
    ssize_t got = 0;
    do {  // beside what the kernel itself says on a new interface
      got = ::read(tap->queue(0), room.data(), room.size());
    } while (got > 0 && room[14] != 42);
    EXPECT_EQ(got, 60);
  }
  EXPECT_EQ(error_of(a.netlink().link("tap0")), ErrorCode::kNotFound);
}

TEST(Tap, HasQueuesAndHeadersWhenAsked) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  auto tap = a.netns().run([] { return Tap::open("tap0", {.queues = 4, .vnet_header = true}); });
  ASSERT_TRUE(tap.has_value()) << tap.error().to_string();
  EXPECT_EQ(tap->queues(), 4u);
  ASSERT_TRUE(a.netlink().set_up("tap0").has_value());
  auto socket = a.netns().run([] { return PacketSocket::open("tap0"); });
  ASSERT_TRUE(socket.has_value());
  const std::vector<std::uint8_t> framed(Tap::kVnetHeaderBytes + 60);
  ASSERT_EQ(::write(tap->queue(3), framed.data(), framed.size()),
            static_cast<ssize_t>(framed.size()));
  std::array<std::uint8_t, 2048> room;
  EXPECT_EQ(socket->receive(room).value(), 60u);
  EXPECT_EQ(error_of(Tap::open("tap%d", {})), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(Tap::open("tap0", {.queues = 0})), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(Tap::open("tap0", {.queues = Tap::kQueuesMax + 1})), ErrorCode::kInvalid);
}

TEST(Tap, CarriesBareIpUnderANameThatTheKernelChooses) {
  SF_REQUIRE(netns);
  SF_REQUIRE(tun);
  NetLab lab;
  Host& a = lab.host("a");
  const auto first = a.netns().run([] { return Tap::open("", {.kind = Tap::Kind::kIp}); });
  const auto second = a.netns().run([] { return Tap::open("", {.kind = Tap::Kind::kIp}); });
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->name(), "tun0");
  EXPECT_EQ(second->name(), "tun1");
  a.sysctl("net/ipv6/conf/tun0/disable_ipv6", "1");
  a.address("tun0", "192.0.2.1/24");
  ASSERT_TRUE(a.netlink().set_up("tun0").has_value());
  a.run({"ping", "-c", "1", "-W", "1", "192.0.2.2"});
  std::array<std::uint8_t, 2048> room;
  const ssize_t got = ::read(first->queue(0), room.data(), room.size());
  ASSERT_GE(got, 28);
  EXPECT_EQ(room[0] >> 4, 4);
  EXPECT_EQ(room[9], 1);  // ICMP
}

TEST(Netlink, SetsHardwareAddresses) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  ASSERT_TRUE(a.netlink().create_bridge("br0").has_value());
  ASSERT_TRUE(a.netlink().set_hardware_address("br0", kHere).has_value());
  EXPECT_EQ(a.netlink().link("br0")->address, kHere);
  EXPECT_EQ(error_of(a.netlink().set_hardware_address("absent", kHere)), ErrorCode::kNotFound);
}

TEST(PacketSocket, RefusesFramesLongerThanTheRoomAndLinksThatAreNot) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  auto socket = b.netns().run([] { return PacketSocket::open("eth0"); });
  ASSERT_TRUE(socket.has_value());
  std::vector<std::uint8_t> frame(100, 0xff);
  a.send("eth0", frame);
  std::array<std::uint8_t, 50> room;
  EXPECT_EQ(error_of(socket->receive(room)), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(b.netns().run([] { return PacketSocket::open("eth1"); })),
            ErrorCode::kNotFound);
  EXPECT_EQ(error_of(PacketSocket::open("a/b")), ErrorCode::kInvalid);
  a.send("eth0", frame);
  EXPECT_TRUE(b.expect("eth0", [](base::ByteView seen) { return seen.size() == 100; }));
  const std::vector<std::uint8_t> too_long(10'000, 0xff);
  EXPECT_EQ(error_of(socket->send(too_long)), ErrorCode::kInvalid);
}

TEST(PacketSocket, OutlivesItsInterfaceBeingDown) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  const std::vector<std::uint8_t> frame(100, 0xff);
  const auto is_frame = [](base::ByteView seen) { return seen.size() == 100; };
  ASSERT_TRUE(a.netlink().set_up("eth0", false).has_value());
  auto socket = a.netns().run([] { return PacketSocket::open("eth0"); });
  ASSERT_TRUE(socket.has_value());
  EXPECT_EQ(error_of(socket->send(frame)), ErrorCode::kUnreachable);
  ASSERT_TRUE(a.netlink().set_up("eth0").has_value());
  a.await_running("eth0");
  b.await_running("eth0");
  EXPECT_TRUE(socket->send(frame).has_value());
  EXPECT_TRUE(b.expect("eth0", is_frame));
  b.send("eth0", frame);
  EXPECT_TRUE(a.expect("eth0", is_frame));
}

TEST(ProcessNetns, RunsWhereItIsTold) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  const auto outcome = a.run({"readlink", "/proc/self/ns/net"});
  EXPECT_THAT(outcome.out, HasSubstr(std::to_string(a.netns().id().inode)));
}

}  // namespace
}  // namespace superfluid::os
