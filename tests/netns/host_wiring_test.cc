// SPDX-License-Identifier: Apache-2.0
// The host's ends of functions' ports: made as asked for, found again by name, and taken away.

#include "agent/host_wiring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "os/net_namespace.h"
#include "os/packet_socket.h"
#include "os/process.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::agent {
namespace {

using superfluid::testing::error_of;

api::PortSpec port(api::PortKind kind, std::string to) {
  return {.name = "eth0", .kind = kind, .to = std::move(to)};
}

std::vector<std::string> links_of(const os::NetNamespace& in) {
  std::vector<std::string> names;
  auto socket = os::NetlinkSocket::open(in);
  if (auto links = socket ? socket->links() : base::Result<std::vector<os::LinkInfo>>()) {
    for (const os::LinkInfo& link : *links) {
      names.push_back(link.name);
    }
  }
  std::ranges::sort(names);
  return names;
}

// The node's namespace and another one, in which a process lives.
class HostWiringTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SF_REQUIRE(netns);
    auto node = os::NetNamespace::create();
    auto other = os::NetNamespace::create();
    ASSERT_TRUE(node && other);
    node_.emplace(std::move(*node));
    other_.emplace(std::move(*other));
    auto sleeper = os::Process::spawn({.argv = {"sleep", "600"}, .net_namespace = other_->fd()});
    ASSERT_TRUE(sleeper);
    sleeper_.emplace(std::move(*sleeper));
  }
  std::string there() const { return std::to_string(sleeper_->pid()); }
  // In the node's namespace.
  template <typename F>
  void in_node(F&& work) {
    ASSERT_TRUE(node_->run([&]() -> base::Status {
      work();
      return {};
    }));
  }

  std::optional<os::NetNamespace> node_;
  std::optional<os::NetNamespace> other_;
  std::optional<os::Process> sleeper_;
};

const PortPlace kPlace{"0123456789abcdef", "fw", 1};

TEST_F(HostWiringTest, AVethReachesIntoTheNamespaceAndGoesByItsName) {
  in_node([&] {
    HostWiring wiring("/a");
    const api::PortSpec veth = port(api::PortKind::kVeth, there());
    auto wired = wiring.connect(kPlace, veth);
    ASSERT_TRUE(wired) << wired.error().to_string();
    EXPECT_EQ(wired->link.kind, vmm::PortLink::Kind::kPacket);
    const std::string near = wiring.near_name(kPlace.function_id, 1);
    EXPECT_EQ(near.size(), 15u);
    EXPECT_EQ(links_of(*node_), (std::vector<std::string>{"lo", near}));
    EXPECT_EQ(links_of(*other_), (std::vector<std::string>{"eth0", "lo"}));
    // A second node of this host, and this one after it was killed.
    HostWiring("/b").sweep({});
    EXPECT_EQ(links_of(*node_).size(), 2u);
    HostWiring("/a").sweep({kPlace.function_id});
    EXPECT_EQ(links_of(*node_).size(), 2u);
    HostWiring("/a").disconnect(kPlace, veth);
    EXPECT_EQ(links_of(*node_), (std::vector<std::string>{"lo"}));
    wiring.disconnect(kPlace, veth);
    ASSERT_TRUE(wiring.connect(kPlace, veth));
    HostWiring("/a").sweep({});
    EXPECT_EQ(links_of(*node_), (std::vector<std::string>{"lo"}));
    EXPECT_EQ(links_of(*other_), (std::vector<std::string>{"lo"}));
  });
}

TEST_F(HostWiringTest, ATapGoesWithWhoHoldsIt) {
  SF_REQUIRE(tun);
  in_node([&] {
    HostWiring wiring("/a");
    {
      auto wired = wiring.connect(kPlace, port(api::PortKind::kTap, "tap7"));
      ASSERT_TRUE(wired) << wired.error().to_string();
      EXPECT_EQ(links_of(*node_), (std::vector<std::string>{"lo", "tap7"}));
      EXPECT_EQ(error_of(wiring.connect(kPlace, port(api::PortKind::kTap, "tap7"))),
                base::ErrorCode::kConflict);
    }
    EXPECT_EQ(links_of(*node_), (std::vector<std::string>{"lo"}));
  });
}

TEST_F(HostWiringTest, WhatIsNotThereIsSaid) {
  in_node([&] {
    HostWiring wiring("/a");
    const auto wired = wiring.connect(kPlace, port(api::PortKind::kVeth, "no-such-namespace"));
    ASSERT_FALSE(wired);
    EXPECT_EQ(wired.error().code(), base::ErrorCode::kNotFound);
    EXPECT_EQ(wired.error().best_remedy(), "ip netns add no-such-namespace");
    EXPECT_EQ(links_of(*node_), (std::vector<std::string>{"lo"}));
  });
}

// Needs no privileges.
TEST(HostWiringRing, JoinsTheTwoPortsThatNameEachOther) {
  HostWiring wiring("/a");
  const PortPlace a{"0000000000000001", "a", 0};
  const PortPlace b{"0000000000000002", "b", 0};
  const PortPlace c{"0000000000000003", "c", 0};
  auto one = wiring.connect(a, port(api::PortKind::kRing, "b:eth0"));
  auto two = wiring.connect(b, port(api::PortKind::kRing, "a:eth0"));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->role, abi::PortRole::kClient);
  EXPECT_EQ(two->role, abi::PortRole::kServer);
  EXPECT_EQ(one->link.fd, two->link.fd);
  EXPECT_EQ(one->link.doorbell, two->link.wake);
  EXPECT_EQ(two->link.doorbell, one->link.wake);
  EXPECT_EQ(error_of(wiring.connect(a, port(api::PortKind::kRing, "b:eth0"))),
            base::ErrorCode::kConflict);
  auto other = wiring.connect(c, port(api::PortKind::kRing, "b:eth0"));
  ASSERT_TRUE(other);
  EXPECT_NE(other->link.fd, one->link.fd);
  // Who starts again takes the side that it left.
  two = base::fail(base::ErrorCode::kFailed, "stopped");
  two = wiring.connect(b, port(api::PortKind::kRing, "a:eth0"));
  ASSERT_TRUE(two);
  EXPECT_EQ(two->role, abi::PortRole::kServer);
  EXPECT_EQ(error_of(wiring.connect(a, port(api::PortKind::kRing, "a:eth0"))),
            base::ErrorCode::kInvalid);
}

}  // namespace
}  // namespace superfluid::agent
