// SPDX-License-Identifier: Apache-2.0
#include "elements/nat_proxy.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/text.h"
#include "elements/testing.h"
#include "net/ipv4.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using net::IpProtocol;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

constexpr net::Ipv4Address kA{{192, 0, 2, 1}};
constexpr net::Ipv4Address kB{{198, 51, 100, 1}};
constexpr net::Ipv4Address kProxy{{203, 0, 113, 1}};
constexpr std::string_view kGraph =
    "in :: Inject -> MarkIPHeader -> p :: NatProxy(192.0.2.1, 198.51.100.1) -> out :: Capture";

Sample packet(net::Ipv4Address from, net::Ipv4Address to, IpProtocol protocol,
              std::size_t fragment_offset = 0) {
  std::vector<std::uint8_t> payload(64);
  base::Writer carried(payload);
  const net::PseudoHeader pseudo(from, to);
  if (protocol == IpProtocol::kTcp) {
    net::write_tcp(carried, {.source_port = 1, .destination_port = 2}, pseudo,
                   base::bytes_of("text"));
  } else {
    net::write_udp(carried, {.source_port = 1, .destination_port = 2}, pseudo,
                   base::bytes_of("text"));
  }
  std::vector<std::uint8_t> bytes(20 + carried.position());
  base::Writer writer(bytes);
  net::write_ipv4(
      writer,
      {.fragment_offset = fragment_offset, .protocol = protocol, .source = from, .destination = to},
      carried.position());
  writer.bytes(carried.written());
  return Sample(std::move(bytes));
}

TEST(NatProxy, SendsWhatOneHostSaysToTheOther) {
  for (const bool shared : {false, true}) {
    TestGraph graph(kGraph, TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample unsummed = packet(kB, kProxy, IpProtocol::kUdp);
    unsummed.bytes[26] = unsummed.bytes[27] = 0;
    Sample unsummed_after = packet(kB, kA, IpProtocol::kUdp);
    unsummed_after.bytes[26] = unsummed_after.bytes[27] = 0;
    graph.send("in", {packet(kA, kProxy, IpProtocol::kTcp), packet(kB, kProxy, IpProtocol::kTcp),
                      packet(kA, kProxy, IpProtocol::kUdp), unsummed});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 4U);
    // As if they had been sent there in the first place, checksums included.
    EXPECT_EQ(out[0].bytes, packet(kA, kB, IpProtocol::kTcp).bytes);
    EXPECT_EQ(out[1].bytes, packet(kB, kA, IpProtocol::kTcp).bytes);
    EXPECT_EQ(out[2].bytes, packet(kA, kB, IpProtocol::kUdp).bytes);
    EXPECT_EQ(out[3].bytes, unsummed_after.bytes);
    EXPECT_EQ(out[0].notes.destination.bytes[0], 198);
    EXPECT_EQ(graph.read("p.others"), "0");
  }
}

TEST(NatProxy, LeavesLaterFragmentsPayloadAlone) {
  TestGraph graph(kGraph);
  const Sample fragment = packet(kA, kProxy, IpProtocol::kTcp, 64);
  Sample cut = packet(kA, kProxy, IpProtocol::kTcp);
  cut.bytes.resize(39);
  cut.bytes[3] = 39;
  graph.send("in", {fragment, cut});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  EXPECT_TRUE(std::equal(out[0].bytes.begin() + 20, out[0].bytes.end(), fragment.bytes.begin() + 20,
                         fragment.bytes.end()));
  EXPECT_TRUE(net::verify_checksum(*net::parse_ipv4(out[0].bytes)));
  EXPECT_TRUE(std::equal(out[1].bytes.begin() + 20, out[1].bytes.end(), cut.bytes.begin() + 20,
                         cut.bytes.end()));
}

TEST(NatProxy, PassesOtherHostsAsTheAlgorithmSays) {
  const Sample other = packet(kProxy, kB, IpProtocol::kUdp);
  TestGraph graph(kGraph);
  graph.send("in", {other, ""});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.captured("out")[0].bytes, other.bytes);
  EXPECT_EQ(graph.read("p.others"), "1");
  EXPECT_EQ(graph.read("p.drops"), "1");
  TestGraph apart(base::cat(kGraph, "; p [1] -> others :: Capture"));
  apart.send("in", {other});
  EXPECT_EQ(apart.captured("out").size(), 0U);
  EXPECT_EQ(apart.captured("others").size(), 1U);
}

TEST(NatProxy, HostsMayChange) {
  TestGraph graph(kGraph);
  EXPECT_EQ(graph.write("p.b", "203.0.113.1"), "");
  EXPECT_EQ(graph.read("p.b"), "203.0.113.1");
  EXPECT_EQ(graph.write("p.a", "203.0.113.1"), "error: A and B are the same host");
  EXPECT_EQ(graph.read("p.a"), "192.0.2.1");
  graph.send("in", {packet(kProxy, kB, IpProtocol::kTcp)});
  EXPECT_EQ(graph.captured("out")[0].bytes, packet(kProxy, kA, IpProtocol::kTcp).bytes);
}

TEST(NatProxy, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    const std::string text =
        TestGraph(base::cat("Idle -> NatProxy(", arguments, ") -> Idle")).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("192.0.2.1"), "  required B argument missing\n");
  EXPECT_EQ(problem("192.0.2.1, 192.0.2.1"), "  A and B are the same host\n");
}

}  // namespace
}  // namespace superfluid::elements
