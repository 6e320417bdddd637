// SPDX-License-Identifier: Apache-2.0
#include "netns/lab.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <algorithm>
#include <array>

#include "os/unix_socket.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::testing {
namespace {

using ::testing::HasSubstr;

// A broadcast frame of the experimental EtherType 0x88b5.
std::vector<std::uint8_t> frame_saying(std::string_view text) {
  std::vector<std::uint8_t> frame(60);
  std::fill_n(frame.begin(), 6, 0xff);
  const std::array<std::uint8_t, 8> source_and_type{0x02, 0, 0, 0, 0, 1, 0x88, 0xb5};
  std::copy(source_and_type.begin(), source_and_type.end(), frame.begin() + 6);
  std::copy(text.begin(), text.end(), frame.begin() + 14);
  return frame;
}

Host::FrameFilter is(const std::vector<std::uint8_t>& frame) {
  return [frame](base::ByteView seen) {
    return std::equal(seen.begin(), seen.end(), frame.begin(), frame.end());
  };
}

void expect_ping(Host& from, const std::string& address) {
  const auto outcome = from.run({"ping", "-n", "-c1", "-W10", address});
  EXPECT_TRUE(outcome.status.success()) << outcome.out << outcome.err;
}

TEST(NetLab, TwoHostsPingEachOther) {
  SF_REQUIRE(netns);
  SF_REQUIRE(ping);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  a.address("eth0", "192.0.2.1/24");
  b.address("eth0", "192.0.2.2/24");
  expect_ping(a, "192.0.2.2");
  expect_ping(b, "192.0.2.1");
}

TEST(NetLab, Ipv6WorksAtOnce) {
  SF_REQUIRE(netns);
  SF_REQUIRE(ping);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  a.address("eth0", "2001:db8::1/64");
  b.address("eth0", "2001:db8::2/64");
  expect_ping(a, "2001:db8::2");
}

TEST(NetLab, ABridgeJoinsThreeHosts) {
  SF_REQUIRE(netns);
  SF_REQUIRE(ping);
  NetLab lab;
  Host& middle = lab.host("switch");
  std::vector<Host*> hosts;
  std::vector<std::string> ports;
  for (const std::string name : {"a", "b", "c"}) {
    Host& host = lab.host(name);
    ports.push_back("to-" + name);
    lab.veth(host, "eth0", middle, ports.back());
    hosts.push_back(&host);
    host.address("eth0", "192.0.2." + std::to_string(hosts.size()) + "/24");
  }
  middle.bridge("br0", ports);
  expect_ping(*hosts[0], "192.0.2.2");
  expect_ping(*hosts[1], "192.0.2.3");
  expect_ping(*hosts[2], "192.0.2.1");
  const auto frame = frame_saying("to all");
  hosts[0]->send("eth0", frame);
  EXPECT_TRUE(hosts[1]->expect("eth0", is(frame)));
  EXPECT_TRUE(hosts[2]->expect("eth0", is(frame)));
}

TEST(NetLab, AHostForwardsBetweenTwoNetworks) {
  SF_REQUIRE(netns);
  SF_REQUIRE(ping);
  NetLab lab;
  Host& left = lab.host("left");
  Host& router = lab.host("router");
  Host& right = lab.host("right");
  lab.veth(left, "eth0", router, "eth0");
  lab.veth(right, "eth0", router, "eth1");
  left.address("eth0", "10.0.1.2/24");
  router.address("eth0", "10.0.1.1/24");
  router.address("eth1", "10.0.2.1/24");
  right.address("eth0", "10.0.2.2/24");
  left.address("eth0", "2001:db8:1::2/64");
  router.address("eth0", "2001:db8:1::1/64");
  router.address("eth1", "2001:db8:2::1/64");
  right.address("eth0", "2001:db8:2::2/64");
  router.forward();
  left.route("10.0.2.0/24", "10.0.1.1", "eth0");
  right.route("0.0.0.0/0", "10.0.2.1", "eth0");
  left.route("::/0", "2001:db8:1::1", "eth0");
  right.route("2001:db8:1::/64", "2001:db8:2::1", "eth0");
  expect_ping(left, "10.0.2.2");
  expect_ping(left, "2001:db8:2::2");
  router.sysctl("net/ipv4/ip_forward", "0");
  EXPECT_FALSE(left.run({"ping", "-n", "-c1", "-W1", "10.0.2.2"}).status.success());
}

TEST(NetLab, FramesArriveAsTheyWereSent) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  Host& b = lab.host("b");
  lab.veth(a, "eth0", b, "eth9");
  const auto first = frame_saying("first");
  const auto second = frame_saying("second");
  a.send("eth0", first);
  a.send("eth0", second);
  EXPECT_TRUE(b.expect("eth9", is(second)));
  // The first was dropped on the way to the second; so was everything a sent itself.
  EXPECT_FALSE(b.expect("eth9", is(first), base::Duration()));
  EXPECT_FALSE(a.expect("eth0", is(first), base::Duration()));
}

TEST(NetLab, VlanTagsArriveToo) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  using Tag = std::array<std::uint8_t, 4>;
  for (const Tag& tag : {Tag{0x81, 0x00, 0x60, 0x07}, Tag{0x88, 0xa8, 0x60, 0x07}}) {
    auto frame = frame_saying("tagged");
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    a.send("eth0", frame);
    EXPECT_TRUE(b.expect("eth0", is(frame)));
  }
}

TEST(NetLab, ChecksumsAreWhole) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  a.address("eth0", "192.0.2.1/24");
  b.address("eth0", "192.0.2.2/24");
  // A UDP datagram from the shell: to a closed port, which suffices to see it leave.
  a.run({"bash", "-c", "echo hello > /dev/udp/192.0.2.2/9"});
  const auto is_whole_udp = [](base::ByteView frame) {
    constexpr std::size_t kIp = 14;
    constexpr std::size_t kUdp = kIp + 20;
    if (frame.size() < kUdp + 8 || frame[12] != 8 || frame[13] != 0 || frame[kIp + 9] != 17) {
      return false;
    }
    const std::size_t length = frame[kUdp + 4] * 256u + frame[kUdp + 5];
    std::uint32_t sum = 17 + static_cast<std::uint32_t>(length);
    for (std::size_t i = kIp + 12; i < kUdp + length; ++i) {
      sum += i % 2 == 0 ? frame[i] * 256u : frame[i];
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum == 0xffff;
  };
  EXPECT_TRUE(b.expect("eth0", is_whole_udp));
}

TEST(NetLab, ANamespaceTravelsOverASocket) {
  SF_REQUIRE(netns);
  NetLab lab;
  Host& a = lab.host("a");
  auto ends = os::UnixSocket::pair(os::SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  const std::array fds{a.netns().fd(), ends->first.fd()};
  ASSERT_TRUE(ends->first.send(base::bytes_of("netns"), fds).has_value());
  std::array<std::uint8_t, 8> room;
  auto received = ends->second.receive(room);
  ASSERT_TRUE(received.has_value() && received->has_value());
  auto same = os::NetNamespace::adopt(std::move((*received)->fds[0]));
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->id(), a.netns().id());
  EXPECT_NE(same->id(), os::NetNamespace::current().value().id());
  EXPECT_EQ(same->run([] { return os::NetNamespace::current(); }).value().id(), a.netns().id());
  EXPECT_EQ(error_of(os::NetNamespace::adopt(std::move((*received)->fds[1]))),
            base::ErrorCode::kInvalid);
}

TEST(NetLab, AWrongStepIsAFailureAndTheStateIsKnown) {
  SF_REQUIRE(netns);
  NetLab lab;
  const auto [a, b] = lab.two_hosts();
  a.address("eth0", "192.0.2.1/24");
  EXPECT_NONFATAL_FAILURE(a.address("eth1", "192.0.2.1/24"), "host a: no interface eth1");
  EXPECT_NONFATAL_FAILURE(a.address("eth0", "192.0.2.1"), "no prefix length");
  EXPECT_NONFATAL_FAILURE(a.route("10.0.0.0/8", "198.51.100.1", "eth0"), "host a: add a route");
  EXPECT_NONFATAL_FAILURE(a.run({"absent-program"}), "absent-program");
  EXPECT_NONFATAL_FAILURE(a.send("eth7", frame_saying("")), "no end of a cable named eth7");
  EXPECT_NONFATAL_FAILURE(lab.veth(a, "eth0", b, "eth1"), "create veth eth0 to eth1");
  const std::string state = lab.describe();
  EXPECT_THAT(state, HasSubstr("--- host a\n"));
  EXPECT_THAT(state, HasSubstr(" eth0 veth mtu 1500 up running in "));
  EXPECT_THAT(state, HasSubstr("192.0.2.1/24"));
  EXPECT_THAT(state, HasSubstr("--- host b\n"));
}

TEST(NetLab, TheStateIsPrintedWhenATestHasFailed) {
  SF_REQUIRE(netns);
  const auto failed = os::run({.argv = {SUPERFLUID_LAB_VICTIM, "fail"}});
  ASSERT_TRUE(failed.has_value());
  EXPECT_THAT(failed->out, HasSubstr("host a: no interface absent"));
  EXPECT_THAT(failed->err, HasSubstr("--- host a\nlink 1 lo "));
}

}  // namespace
}  // namespace superfluid::testing
