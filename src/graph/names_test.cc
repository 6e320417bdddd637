// SPDX-License-Identifier: Apache-2.0
// Names that interfaces give. Those that elements define: elements/names_test.cc.
#include "graph/names.h"

#include <gtest/gtest.h>

#include "graph/testing.h"

namespace superfluid::graph {
namespace {

struct Silence final : TextSink {
  void write(std::string_view) override {}
};

net::Ipv4Address ip(std::string_view text) { return net::parse_ipv4_address(text).value(); }

struct TwoInterfaces final : InterfaceSource {
  std::vector<std::pair<std::string, Names::Meanings>> interfaces() override {
    ++asked;
    Names::Meanings first;
    first.ip = ip("192.0.2.7");
    first.range = {*first.ip, ip("255.255.255.0")};
    first.ether = net::MacAddress{{2, 0, 0, 0, 0, 1}};
    Names::Meanings second;
    second.ip = ip("10.1.2.3");
    second.range = {*second.ip, ip("255.0.0.0")};
    return {{"eth0", first}, {"br.7:1", second}};
  }

  std::optional<net::Ipv4Address> gateway(std::string_view interface) override {
    ++gateways_asked;
    return interface == "eth0" ? std::optional(ip("192.0.2.254")) : std::nullopt;
  }

  int asked = 0;
  int gateways_asked = 0;
};

class InterfaceNames : public ::testing::Test {
 protected:
  InterfaceNames() {
    testing::add_test_classes(registry_);
    Diagnostics diagnostics;
    const FlatGraph flat =
        elaborate("t", "x :: Inject -> Capture", {registry_, nullptr, {}}, diagnostics);
    router_ = Router::build(
        flat, registry_,
        {.clock = clock_, .output = silence_, .errors = silence_, .interfaces = &source_},
        diagnostics);
  }

  std::string address(std::string_view text) {
    const auto found = named_ipv4(text, router_->find("x"));
    return found ? std::string(to_text(*found).view()) : "-";
  }

  TwoInterfaces source_;
  base::ManualClock clock_;
  Silence silence_;
  Registry registry_;
  std::unique_ptr<Router> router_;
};

TEST_F(InterfaceNames, StandForTheirAddresses) {
  EXPECT_EQ(address("eth0"), "192.0.2.7");
  EXPECT_EQ(address("eth0:ip"), "192.0.2.7");
  EXPECT_EQ(address("eth0:bcast"), "192.0.2.255");
  EXPECT_EQ(address("eth0:gw"), "192.0.2.254");
  EXPECT_EQ(named_mac("eth0:eth", router_->find("x"))->bytes[5], 1);
  EXPECT_EQ(named_range("eth0:ipnet", router_->find("x"))->mask, ip("255.255.255.0"));
  EXPECT_EQ(address("br.7:1:ip"), "10.1.2.3");
  EXPECT_EQ(address("br.7:1:gw"), "10.0.0.1");  // no route is known: the first of its network
  EXPECT_EQ(address("eth1"), "-");
  EXPECT_EQ(address("eth0:"), "-");
  EXPECT_EQ(named_mac("br.7:1:eth", router_->find("x")), std::nullopt);
}

TEST_F(InterfaceNames, ComeBehindThoseThatTheGraphDefinesKindByKind) {
  router_->names().define("eth0", *router_->find("x")).ip = ip("198.51.100.1");
  EXPECT_EQ(address("eth0"), "198.51.100.1");
  EXPECT_EQ(address("eth0:gw"), "192.0.2.254");
  EXPECT_TRUE(named_mac("eth0", router_->find("x")).has_value());
}

TEST_F(InterfaceNames, AreAskedForOnceAndNotWithoutNeed) {
  EXPECT_EQ(address("10"), "-");
  EXPECT_EQ(address("-"), "-");
  EXPECT_EQ(named_port("eth0", router_->find("x"), true), std::nullopt);
  EXPECT_EQ(source_.asked, 0);
  EXPECT_EQ(address("eth9"), "-");
  EXPECT_EQ(address("eth0"), "192.0.2.7");
  EXPECT_EQ(address("eth9:gw"), "-");
  EXPECT_EQ(source_.asked, 1);
  EXPECT_EQ(source_.gateways_asked, 0);
}

}  // namespace
}  // namespace superfluid::graph
