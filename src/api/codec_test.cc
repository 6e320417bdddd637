// SPDX-License-Identifier: Apache-2.0
#include "api/codec.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "support/error_of.h"

namespace superfluid::api {
namespace {

using superfluid::testing::error_of;

FunctionSpec full_spec() {
  return {.name = "fw",
          .graph = "Idle -> Discard;\n\t\"x\\",
          .graph_name = "fw.click",
          .memory = base::mib(4),
          .cpu = {.quota_percent = 50, .shares = 200, .pin = 1},
          .ports = {{.name = "eth0",
                     .kind = PortKind::kTap,
                     .to = "tap0",
                     .mac = net::MacAddress{{2, 0, 0, 0, 0, 1}},
                     .mtu = 1400,
                     .ipv4 = Ipv4OnPort{{{10, 0, 0, 1}}, 24},
                     .ipv4_gateway = net::Ipv4Address{{10, 0, 0, 254}},
                     .ipv6 = Ipv6OnPort{{{0xfd}}, 64},
                     .ipv6_gateway = net::Ipv6Address{{0xfd, 1}}},
                    {.name = "eth1", .kind = PortKind::kRing, .to = "nat:eth0"}},
          .isolation = Isolation::kMicrovm,
          .restart = {.when = RestartWhen::kOnFailure, .limit = 7},
          .park_after = base::seconds(1),
          .labels = {{"a", "b"}}};
}

std::string problem_in(std::string_view json) {
  const auto spec = decode_spec(boost::json::parse(json), "spec");
  return spec ? "" : spec.error().to_string();
}

TEST(Codec, ASpecSurvivesTheWay) {
  const auto decoded = decode_spec(encode(full_spec()), "spec");
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(*decoded, full_spec());
}

TEST(Codec, AFunctionSurvivesTheWay) {
  Function function{.id = "0123456789abcdef",
                    .spec = full_spec(),
                    .state = State::kPaused,
                    .isolation = Isolation::kProcess,
                    .isolation_why = "no KVM",
                    .reason = "\x1b[2J\xff",
                    .restarts = 3,
                    .cold = true,
                    .image = "ab",
                    .pid = 77,
                    .created_ms = 1};
  function.reason = "why";
  function.timeline.stamp(Step::kAccept, 10);
  function.timeline.stamp(Step::kFirstPacket, 1'000'000'000'000);
  function.counts = Counts{.exits = 1, .ports = {{.packets_in = 2}, {.drops_unread = 3}}};
  const auto decoded = decode_function(encode(function), "function");
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(*decoded, function);
}

TEST(Codec, AnErrorSurvivesTheWay) {
  const base::Error error = base::Error(base::ErrorCode::kConflict, "a")
                                .caused_by(base::Error(base::ErrorCode::kConflict, "b"))
                                .try_this("c");
  const base::Error decoded = decode_error(encode(error));
  EXPECT_EQ(decoded.code(), base::ErrorCode::kConflict);
  EXPECT_EQ(decoded.to_string(), "a: b");
  EXPECT_EQ(decoded.best_remedy(), "c");
  EXPECT_EQ(decode_error({}).code(), base::ErrorCode::kCorrupt);
}

TEST(Codec, WhatIsWrongIsNamedByItsPath) {
  EXPECT_EQ(problem_in(R"([])"), "spec: an object is expected");
  EXPECT_EQ(problem_in(R"({})"), "spec.graph: is missing");
  EXPECT_EQ(problem_in(R"({"graph":"x","nmae":"y"})"),
            "spec.nmae: nothing of this name is known here");
  EXPECT_EQ(problem_in(R"({"graph":7})"), "spec.graph: a text is expected");
  EXPECT_EQ(problem_in(R"({"graph":"x","memory_bytes":-1})"),
            "spec.memory_bytes: a whole number is expected");
  EXPECT_EQ(
      problem_in(R"({"graph":"x","ports":[{"name":"a"},{"name":"b","mac":"zz"}]})").substr(0, 18),
      "spec.ports[1].mac:");
  EXPECT_EQ(problem_in(R"({"graph":"x","ports":[{"name":"b","mtu":1}]})"),
            "spec.ports[0].mtu: from 68 to 9000");
  EXPECT_EQ(problem_in(R"({"graph":"x","isolation":"jail"})"), "spec.isolation: no such word");
  EXPECT_EQ(problem_in(R"({"graph":"x","restart":{"backoff_ms":0}})"),
            "spec.restart.backoff_ms: from 1 to 3600000");
}

TEST(Model, RefusesWhatNoNodeCouldRun) {
  const auto refuses = [](auto change) {
    FunctionSpec spec = full_spec();
    change(spec);
    return error_of(check(spec)) == base::ErrorCode::kInvalid;
  };
  EXPECT_FALSE(refuses([](auto&) {}));
  EXPECT_TRUE(refuses([](auto& spec) { spec.name = "Fw"; }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.name = "../x"; }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.name = std::string(64, 'a'); }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.graph.clear(); }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.memory = base::mib(1); }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.ports[1].name = "eth0"; }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.ports[0].to = "tap%d"; }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.ports[1].to = "nat"; }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.ports[0].mac = net::MacAddress::broadcast(); }));
  EXPECT_TRUE(refuses([](auto& spec) {
    spec.ports[0].kind = PortKind::kVeth;
    spec.ports[0].to = "../../etc";
  }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.restart.backoff_max = base::milliseconds(1); }));
  EXPECT_TRUE(refuses([](auto& spec) { spec.cpu.quota_percent = 0; }));
}

}  // namespace
}  // namespace superfluid::api
