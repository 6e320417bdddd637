// SPDX-License-Identifier: Apache-2.0
#include "elements/load_balancer.h"

#include <gtest/gtest.h>

#include <map>

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

constexpr net::Ipv4Address kClient{{198, 51, 100, 7}};
constexpr net::Ipv4Address kVip{{203, 0, 113, 1}};
constexpr net::Ipv4Address kFirst{{10, 0, 0, 1}};
constexpr net::Ipv4Address kRouter{{192, 0, 2, 1}};

Sample error(net::Ipv4Address from, net::Ipv4Address to, const Sample& about) {
  Bytes message(8 + about.bytes.size());
  base::Writer writer(message);
  net::write_icmp(writer, {.type = net::IcmpType::kDestinationUnreachable, .code = 3}, about.bytes);
  return ipv4(from, to, IpProtocol::kIcmpv4, message);
}

std::string balancer(std::string_view arguments) {
  return base::cat("a :: Inject -> MarkIPHeader -> lb :: LoadBalancer(203.0.113.1, ", arguments,
                   "); b :: Inject -> MarkIPHeader -> [1] lb;"
                   "lb [0] -> servers :: Capture; lb [1] -> clients :: Capture");
}

net::Ipv4Address destination_of(const Sample& sample) {
  return net::parse_ipv4(sample.bytes)->header->destination;
}

// Where the flow from each of these ports goes.
std::map<std::uint16_t, net::Ipv4Address> assigned(TestGraph& graph, std::uint16_t ports) {
  std::map<std::uint16_t, net::Ipv4Address> all;
  for (std::uint16_t port = 1; port <= ports; ++port) {
    graph.forget("servers");
    graph.send("a", {udp(kClient, port, kVip, 80)});
    if (graph.captured("servers").size() == 1) {
      all[port] = destination_of(graph.captured("servers")[0]);
    }
  }
  return all;
}

TEST(LoadBalancer, TranslatesBothWays) {
  for (const bool shared : {false, true}) {
    TestGraph graph(balancer("10.0.0.1"), TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("b", {udp(kFirst, 80, kClient, 1024)});
    graph.send("a", {udp(kClient, 1024, kVip, 80)});
    graph.send("b", {udp(kFirst, 80, kClient, 1024), udp(kFirst, 81, kClient, 1024)});
    ASSERT_EQ(graph.captured("servers").size(), 1U);
    EXPECT_EQ(graph.captured("servers")[0].bytes, udp(kClient, 1024, kFirst, 80).bytes);
    EXPECT_EQ(graph.captured("servers")[0].notes.destination.bytes[0], 10);
    const auto& clients = graph.captured("clients");
    ASSERT_EQ(clients.size(), 3U);
    EXPECT_EQ(clients[0].bytes, udp(kFirst, 80, kClient, 1024).bytes);  // before the flow
    EXPECT_EQ(clients[1].bytes, udp(kVip, 80, kClient, 1024).bytes);
    EXPECT_EQ(clients[2].bytes, udp(kFirst, 81, kClient, 1024).bytes);  // of no flow
    EXPECT_EQ(graph.read("lb.servers"), "10.0.0.1\t1\tserving\t1\t1\n");
  }
}

TEST(LoadBalancer, ErrorsFollowWhatTheyQuote) {
  for (const bool shared : {false, true}) {
    TestGraph graph(balancer("10.0.0.1"), TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("a", {udp(kClient, 1024, kVip, 80)});
    graph.forget("servers");
    // A router on the client's side about an answer; the server, and a router, about a request.
    graph.send("a", {error(kRouter, kVip, udp(kVip, 80, kClient, 1024))});
    graph.send("b", {error(kFirst, kClient, udp(kClient, 1024, kFirst, 80)),
                     error(kRouter, kClient, udp(kClient, 1024, kFirst, 80))});
    // All as they would be without a balancer, but for the checksum inside what is quoted.
    const auto expect_same = [](const Sample& got, Sample wanted) {
      ASSERT_EQ(got.bytes.size(), wanted.bytes.size());
      const auto ip = net::parse_ipv4(got.bytes);
      EXPECT_TRUE(net::verify_checksum(*ip));
      EXPECT_TRUE(net::verify_checksum(*net::parse_icmp(ip->payload)));
      EXPECT_TRUE(net::verify_checksum(*net::parse_ipv4(net::parse_icmp(ip->payload)->payload)));
      for (const std::size_t at : {22U, 23U, 54U, 55U}) {  // ICMP's checksum, the quoted UDP's
        wanted.bytes[at] = got.bytes[at];
      }
      EXPECT_EQ(got.bytes, wanted.bytes);
    };
    ASSERT_EQ(graph.captured("servers").size(), 1U);
    expect_same(graph.captured("servers")[0],
                error(kRouter, kFirst, udp(kFirst, 80, kClient, 1024)));
    ASSERT_EQ(graph.captured("clients").size(), 2U);
    expect_same(graph.captured("clients")[0], error(kVip, kClient, udp(kClient, 1024, kVip, 80)));
    expect_same(graph.captured("clients")[1],
                error(kRouter, kClient, udp(kClient, 1024, kVip, 80)));
  }
}

TEST(LoadBalancer, FlowsStickWhateverComesOrGoes) {
  TestGraph graph(balancer("10.0.0.1, 10.0.0.2, 10.0.0.3 0"));
  ASSERT_EQ(graph.problems(), "");
  const auto before = assigned(graph, 200);
  EXPECT_EQ(graph.write("lb.add", "10.0.0.4 9"), "");
  EXPECT_EQ(graph.write("lb.weight", "10.0.0.3 5"), "");
  EXPECT_EQ(graph.write("lb.drain", "10.0.0.1"), "");
  EXPECT_EQ(assigned(graph, 200), before);
  // New ones do not go where it drains.
  graph.write("lb.clear");
  std::map<net::Ipv4Address, int> share;
  for (const auto& [port, server] : assigned(graph, 300)) {
    ++share[server];
  }
  EXPECT_EQ(share.size(), 3U);
  EXPECT_EQ(share.count(kFirst), 0U);
  // Weights 1, 5, 9 of 15.
  EXPECT_GT(share[(net::Ipv4Address{{10, 0, 0, 4}})], share[(net::Ipv4Address{{10, 0, 0, 3}})]);
  EXPECT_GT(share[(net::Ipv4Address{{10, 0, 0, 3}})], share[(net::Ipv4Address{{10, 0, 0, 2}})]);
}

TEST(LoadBalancer, OnlyFlowsOfARemovedServerMove) {
  TestGraph graph(balancer("10.0.0.1, 10.0.0.2, 10.0.0.3"));
  const auto before = assigned(graph, 100);
  EXPECT_EQ(graph.write("lb.remove", "10.0.0.1"), "");
  const auto after = assigned(graph, 100);
  for (const auto& [port, server] : before) {
    EXPECT_NE(after.at(port), kFirst);
    EXPECT_TRUE(server == kFirst || after.at(port) == server);
  }
  EXPECT_EQ(graph.read("lb.count"), "100");
  // Its place is free again: the flows moved.
  EXPECT_EQ(graph.write("lb.add", "10.0.0.1"), "");
  EXPECT_EQ(graph.read("lb.servers").substr(0, 22), "10.0.0.1\t1\tserving\t0\t0");
}

TEST(LoadBalancer, AForgottenFlowFindsItsServerAgain) {
  TestGraph graph(balancer("10.0.0.1, 10.0.0.2, 10.0.0.3, LIMIT 8, TIMEOUT 10"));
  ASSERT_EQ(graph.problems(), "");
  const auto before = assigned(graph, 50);
  EXPECT_EQ(graph.read("lb.count"), "8");
  EXPECT_EQ(graph.read("lb.evicted"), "42");
  EXPECT_EQ(assigned(graph, 50), before);
  graph.advance(base::seconds(100));
  EXPECT_EQ(graph.read("lb.count"), "0");
  EXPECT_FALSE(graph.router().schedule().next_timer());
  TestGraph other(balancer("10.0.0.3, 10.0.0.1, 10.0.0.2"));
  EXPECT_EQ(assigned(other, 50), before);
}

TEST(LoadBalancer, CountsDropsByReason) {
  TestGraph graph(balancer("10.0.0.1 0"));
  ASSERT_EQ(graph.problems(), "");
  Sample cut = udp(kClient, 1, kVip, 80);
  cut.bytes.resize(27);
  cut.bytes[3] = 27;
  graph.send("a", {"", cut, udp(kClient, 1, kFirst, 80), udp(kClient, 1, kVip, 80)});
  graph.send("b", {"x"});
  EXPECT_EQ(graph.read("lb.drop_details"),
            "1\tnot to the address\n3\tmalformed\n1\tno server\n0\tno memory\n");
  EXPECT_EQ(graph.read("lb.drops"), "5");
}

TEST(LoadBalancer, AReconfigurationKeepsFlows) {
  TestGraph before(balancer("10.0.0.1, 10.0.0.2"));
  const auto flows = assigned(before, 50);
  before.write("lb.drain", "10.0.0.2");
  TestGraph after(balancer("10.0.0.9 100, 10.0.0.2, 10.0.0.1"));
  after.element("lb").take_state(before.element("lb"));
  EXPECT_EQ(assigned(after, 50), flows);
  EXPECT_NE(after.read("lb.servers").find("10.0.0.2\t1\tdraining"), std::string::npos);
}

TEST(LoadBalancer, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    const std::string text = TestGraph(balancer(arguments)).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("10.0.0.1 1001"),
            "  '10.0.0.1 1001': expected 'SERVER [WEIGHT]', a weight from 0 to 1000\n");
  EXPECT_EQ(problem("10.0.0.1, 10.0.0.1"), "  '10.0.0.1': this server is there already\n");
  EXPECT_EQ(problem("10.0.0.1, LIMIT 0"), "  LIMIT: expected a number from 1 to 1073741824\n");
  TestGraph graph(balancer("10.0.0.1"));
  EXPECT_EQ(graph.write("lb.drain", "10.0.0.2"), "error: there is no server '10.0.0.2'");
  EXPECT_EQ(graph.write("lb.add", "10.0.0.1"), "error: this server is there already");
  EXPECT_EQ(graph.write("lb.weight", "10.0.0.1 x"),
            "error: expected 'SERVER [WEIGHT]', a weight from 0 to 1000");
}

}  // namespace
}  // namespace superfluid::elements
