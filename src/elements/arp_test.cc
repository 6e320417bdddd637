// SPDX-License-Identifier: Apache-2.0
// ARPQuerier, ARPTable, ARPResponder, ARPFaker, ARPPrint, and the cache behind them.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>

#include "base/text.h"
#include "elements/arp_cache.h"
#include "elements/ip_header.h"
#include "elements/testing.h"
#include "net/arp.h"
#include "net/ether.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

constexpr net::MacAddress kUs{{2, 0, 0, 0, 0, 1}};
constexpr net::MacAddress kPeer{{2, 0, 0, 0, 0, 2}};
constexpr net::Ipv4Address kOurIp{{10, 0, 0, 1}};

net::Ipv4Address ip(std::uint8_t last) { return {{10, 0, 0, last}}; }

Sample to(const net::Ipv4Address& next_hop, std::string_view text) {
  Sample sample(text);
  set_ipv4_destination(sample.notes, next_hop);
  return sample;
}

Sample arp(const net::MacAddress& ether_destination, const net::ArpFields& fields) {
  std::vector<std::uint8_t> bytes(sizeof(net::EthernetHeader) + sizeof(net::ArpHeader));
  base::Writer writer(bytes);
  net::write_ethernet(writer, {.destination = ether_destination,
                               .source = fields.sender_mac,
                               .ethertype = net::EtherType::kArp});
  net::write_arp(writer, fields);
  return Sample(std::move(bytes));
}

Sample reply(const net::Ipv4Address& from, const net::MacAddress& mac = kPeer) {
  return arp(kUs, {net::ArpOperation::kReply, mac, from, kUs, kOurIp});
}

Sample request(const net::Ipv4Address& target) {
  return arp(net::MacAddress::broadcast(), {net::ArpOperation::kRequest, kPeer, ip(2), {}, target});
}

std::string frame(const net::MacAddress& destination, std::string_view payload) {
  std::vector<std::uint8_t> bytes(sizeof(net::EthernetHeader));
  base::Writer writer(bytes);
  net::write_ethernet(
      writer, {.destination = destination, .source = kUs, .ethertype = net::EtherType::kIpv4});
  return std::string(base::text_of(bytes)) + std::string(payload);
}

std::string querier(std::string_view more = "", std::string_view address = "10.0.0.1/24") {
  return base::cat("in :: Inject -> q :: ARPQuerier(", address, ", 2:0:0:0:0:1", more,
                   ") -> out :: Capture; arp :: Inject -> [1] q; q [1] -> asked :: Capture");
}

std::string texts_of(const std::vector<Sample>& samples) {
  std::string texts;
  for (const Sample& sample : samples) {
    texts += base::cat(texts.empty() ? "" : "|", sample.text());
  }
  return texts;
}

TEST(ARPQuerier, AsksThenSendsInOrder) {
  for (const bool shared : {false, true}) {
    TestGraph graph(querier(), TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample first = to(ip(2), "one");
    first.notes.timestamp = base::seconds(7);
    first.notes.vlan_tci = 5;
    graph.send("in", {first, to(ip(2), "two"), to(ip(3), "other")});
    EXPECT_EQ(graph.texts("out"), "");
    ASSERT_EQ(graph.captured("asked").size(), 2U);
    const Sample& asked = graph.captured("asked")[0];
    EXPECT_EQ(asked.text(), arp(net::MacAddress::broadcast(),
                                {net::ArpOperation::kRequest, kUs, kOurIp, {}, ip(2)})
                                .text());
    EXPECT_EQ(asked.notes.timestamp, base::seconds(7));
    EXPECT_EQ(asked.notes.vlan_tci, 5);
    EXPECT_EQ(asked.mac, 0);
    EXPECT_EQ(asked.network, 14);
    EXPECT_EQ(graph.read("q.length"), "3");

    graph.send("arp", {reply(ip(2))});
    graph.send("in", {to(ip(2), "three")});
    EXPECT_EQ(graph.texts("out"),
              texts_of({frame(kPeer, "one"), frame(kPeer, "two"), frame(kPeer, "three")}));
    EXPECT_EQ(graph.captured("out")[0].mac, 0);
    EXPECT_EQ(graph.held(), 1U);  // for 10.0.0.3
    EXPECT_EQ(graph.read("q.table"),
              "10.0.0.3 0 FF-FF-FF-FF-FF-FF 0.000000\n10.0.0.2 1 02-00-00-00-00-02 0.000000\n");
    EXPECT_EQ(graph.read("q.stats"), "0 packets killed\n2 ARP queries sent\n");
    EXPECT_EQ(graph.read("q.responses"), "1");
    EXPECT_EQ(graph.write("q.clear"), "");
    EXPECT_EQ(graph.held(), 0U);
    EXPECT_EQ(graph.read("q.waiting_drops"), "1");
    EXPECT_EQ(graph.read("q.count"), "0");
  }
}

TEST(ARPQuerier, KeepsToTheBatchesOfItsGraph) {
  TestGraph graph(querier(), {.batch_max = 2});
  graph.send("in", {to(ip(2), "a"), to(ip(2), "b"), to(ip(2), "c")});
  graph.send("arp", {reply(ip(2))});
  EXPECT_EQ(graph.captured("out").size(), 3U);
}

TEST(ARPQuerier, QueriesLeaveByTheOnlyOutputInTheirPlace) {
  TestGraph graph(
      "in :: Inject -> q :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1) -> out :: Capture; Idle -> [1] q");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.write("q.insert", "10.0.0.2 2:0:0:0:0:2"), "");
  graph.send("in", {to(ip(2), "a"), to(ip(9), "b"), to(ip(2), "c")});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].text(), frame(kPeer, "a"));
  EXPECT_EQ(out[1].bytes.size(), 42U);
  EXPECT_EQ(out[2].text(), frame(kPeer, "c"));
}

TEST(ARPQuerier, KnowsGroupsBroadcastsAndNobody) {
  TestGraph graph(querier());
  graph.send("in", {to({{255, 255, 255, 255}}, "a"), to(ip(255), "b"), to({{239, 129, 2, 3}}, "c"),
                    to({}, "d"), to({}, "e")});
  EXPECT_EQ(graph.texts("out"), texts_of({frame(net::MacAddress::broadcast(), "a"),
                                          frame(net::MacAddress::broadcast(), "b"),
                                          frame({{1, 0, 0x5e, 1, 2, 3}}, "c")}));
  EXPECT_EQ(graph.read("q.drops"), "2");
  EXPECT_EQ(graph.errors(),
            "q :: ARPQuerier: would query for 0.0.0.0; missing dest IP addr annotation?\n");
  EXPECT_EQ(graph.read("q.broadcast"), "10.0.0.255");
  EXPECT_EQ(graph.write("q.broadcast", "10.0.0.9"), "");
  graph.forget("out");
  graph.send("in", {to(ip(9), "f")});
  EXPECT_EQ(graph.texts("out"), frame(net::MacAddress::broadcast(), "f"));
  EXPECT_EQ(graph.write("q.ipaddr", "0.0.0.0"), "");
  graph.send("in", {to(ip(9), "g")});
  EXPECT_EQ(graph.read("q.drops"), "3");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(ARPQuerier, DropsWhatHasNoRoomForAHeader) {
  TestGraph graph(querier(), {.headroom = 0});
  graph.send("in", {to(ip(2), std::string(graph::kPacketBytesMax, 'x'))});
  EXPECT_EQ(graph.read("q.drops"), "1");
}

TEST(ARPQuerier, AsksTenTimesASecondThenEveryTwoSeconds) {
  TestGraph graph(querier());
  for (int i = 0; i < 100; ++i) {
    graph.send("in", {to(ip(2), "x"), to(ip(2), "x")});
    graph.advance(base::milliseconds(10));
  }
  EXPECT_EQ(graph.read("q.queries"), "10");
  graph.advance(base::milliseconds(1500));
  graph.send("in", {to(ip(2), "x")});
  EXPECT_EQ(graph.read("q.queries"), "10");
  graph.advance(base::milliseconds(400));
  graph.send("in", {to(ip(2), "x")});
  EXPECT_EQ(graph.read("q.queries"), "11");
}

TEST(ARPQuerier, AsksAgainForWhatItStillUses) {
  for (const bool broadcast : {false, true}) {
    TestGraph graph(querier(base::cat(", POLL_TIMEOUT 50, TIMEOUT 100, BROADCAST_POLL ",
                                      broadcast ? "true" : "false")));
    graph.send("arp", {reply(ip(2))});
    graph.advance(base::seconds(49));
    graph.send("in", {to(ip(2), "a")});
    EXPECT_EQ(graph.read("q.queries"), "0");
    graph.advance(base::seconds(1));
    graph.send("in", {to(ip(2), "b"), to(ip(2), "c")});
    EXPECT_EQ(graph.captured("out").size(), 3U);
    ASSERT_EQ(graph.captured("asked").size(), 1U);
    EXPECT_EQ(graph.captured("asked")[0].text(),
              arp(broadcast ? net::MacAddress::broadcast() : kPeer,
                  {net::ArpOperation::kRequest, kUs, kOurIp, {}, ip(2)})
                  .text());
    graph.advance(base::seconds(51));  // now too old to be believed
    graph.send("in", {to(ip(2), "d")});
    EXPECT_EQ(graph.captured("out").size(), 3U);
    EXPECT_EQ(graph.read("q.length"), "1");
  }
}

TEST(ARPQuerier, LearnsFromSoundRepliesOnly) {
  TestGraph graph(querier());
  std::vector<Sample> bad = {request(kOurIp), reply(ip(2), {{3, 0, 0, 0, 0, 2}}), "", "short"};
  for (const std::size_t at : {12, 14, 16, 18, 19, 20}) {  // types, lengths, operation
    bad.push_back(reply(ip(2)));
    bad.back().bytes[at] ^= 0x40;
  }
  bad.push_back(reply(ip(2)));
  bad.back().bytes.pop_back();
  graph.send("arp", bad);
  EXPECT_EQ(graph.read("q.count"), "0");
  EXPECT_EQ(graph.read("q.responses"), "11");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(ARPQuerier, BoundsWhatWaits) {
  TestGraph graph(querier(", ENTRY_PACKET_CAPACITY 10"));
  for (int i = 0; i < 50; ++i) {
    graph.send("in", {to(ip(2), "a"), to(ip(3), "b")});
  }
  EXPECT_EQ(graph.read("q.stats"), "80 packets killed\n2 ARP queries sent\n");
  EXPECT_EQ(graph.held(), 20U);

  TestGraph slim(querier(", CAPACITY 10"));
  for (int i = 0; i < 100; ++i) {
    slim.send("in", {to(ip(2), base::cat(i))});
  }
  EXPECT_EQ(slim.read("q.stats"), "90 packets killed\n1 ARP queries sent\n");
  slim.send("arp", {reply(ip(2))});
  EXPECT_EQ(slim.captured("out").size(), 10U);
  EXPECT_EQ(slim.captured("out")[0].text(), frame(kPeer, "90"));

  TestGraph one(querier(", CAPACITY 1, ENTRY_CAPACITY 1, TIMEOUT 0.1"));
  for (std::uint8_t last = 2; last < 5; ++last) {
    one.send("in", {to(ip(last), "x")});
    one.advance(base::milliseconds(50));
  }
  EXPECT_EQ(one.held(), 1U);
  EXPECT_EQ(one.read("q.table").substr(0, 10), "10.0.0.4 0");
}

TEST(ARPQuerier, ForgetsWhatIsOldAndThenSleeps) {
  TestGraph graph(querier(", TIMEOUT 10"));
  graph.send("in", {to(ip(2), "x")});
  graph.send("arp", {reply(ip(3))});
  EXPECT_EQ(graph.held(), 1U);
  graph.advance(base::seconds(22));
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.read("q.count"), "0");
  EXPECT_EQ(graph.read("q.waiting_drops"), "1");
  EXPECT_EQ(graph.router().schedule().next_timer(), std::nullopt);
}

TEST(ARPQuerier, KeepsAnEntryThatPacketsStillComeFor) {
  TestGraph graph(querier(", TIMEOUT 0.1"));
  graph.write("q.insert", "10.0.0.1 2:0:0:0:0:9");
  for (std::uint8_t last = 2; last < 60; ++last) {
    graph.send("in", {to(ip(last), "x")});
    graph.advance(base::milliseconds(1));
  }
  graph.advance(base::milliseconds(500));
  graph.send("in", {to(kOurIp, "y")});  // the oldest, behind many that nobody wants any more
  EXPECT_EQ(graph.read("q.table"), "10.0.0.1 0 02-00-00-00-00-09 0.100000\n");
  EXPECT_EQ(graph.held(), 1U);
}

TEST(ARPQuerier, TakesItsStateFromTheOneBefore) {
  TestGraph graph(
      "in :: Inject -> a :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1) -> out :: Capture; Idle -> [1] a;"
      "b :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1); Idle -> b -> [1] out; arp :: Inject -> [1] b;"
      "c :: ARPQuerier(10.0.0.7, 2:0:0:0:0:1); Idle -> c -> [2] out; Idle -> [1] c");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {to(ip(2), "x")});
  graph.element("c").take_state(graph.element("a"));
  EXPECT_EQ(graph.read("c.count"), "0");  // another address
  graph.element("b").take_state(graph.element("a"));
  EXPECT_EQ(graph.read("a.count"), "0");
  EXPECT_EQ(graph.read("b.queries"), "1");
  graph.send("arp", {reply(ip(2))});
  EXPECT_EQ(graph.captured("out").back().text(), frame(kPeer, "x"));
  EXPECT_EQ(graph.captured("out").back().port, 1U);
}

TEST(ARPTable, IsShared) {
  TestGraph graph(
      "in :: Inject -> a :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1, TABLE t) -> out :: Capture;"
      "Idle -> [1] a; t :: ARPTable(TIMEOUT 1);"
      "Idle -> b :: ARPQuerier(TABLE t, 10.0.0.3, 2:0:0:0:0:3) -> [1] out; arp :: Inject -> [1] b");
  ASSERT_EQ(graph.problems(), "");
  graph.send("arp", {reply(ip(2))});
  graph.send("in", {to(ip(2), "x")});
  EXPECT_EQ(graph.texts("out"), frame(kPeer, "x"));
  EXPECT_EQ(graph.read("t.count"), "1");
  EXPECT_EQ(graph.read("a.table"), graph.read("t.table"));
  EXPECT_EQ(graph.write("t.delete", "10.0.0.2"), "");
  graph.send("in", {to(ip(2), "y")});
  EXPECT_EQ(graph.read("t.length"), "1");
  graph.advance(base::seconds(5));
  EXPECT_EQ(graph.read("t.count"), "0");
  EXPECT_EQ(graph.read("t.drops"), "1");
  EXPECT_EQ(graph.write("t.insert", "10.0.0.2"), "error: expected 'IP ETH'");
  EXPECT_NE(graph.write("t.insert", "10.0.0.2 x"), "");
  EXPECT_NE(graph.write("t.delete", "here"), "");
  EXPECT_EQ(graph.write("t.clear"), "");
}

TEST(ARPTable, HandsItsEntriesOn) {
  TestGraph graph("a :: ARPTable; b :: ARPTable");
  ASSERT_EQ(graph.problems(), "");
  graph.write("a.insert", "10.0.0.2 2:0:0:0:0:2");
  graph.element("b").take_state(graph.element("a"));
  EXPECT_EQ(graph.read("a.count"), "0");
  EXPECT_EQ(graph.read("b.table"), "10.0.0.2 1 02-00-00-00-00-02 0.000000\n");
}

TEST(ARPQuerier, RefusesWrongArguments) {
  const auto problem = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> q :: ARPQuerier(", arguments,
                               ") -> Discard; Idle -> [1] q; d :: ARPPrint; Idle -> d -> Discard"))
        .problems();
  };
  const std::string where = "t:1:9: While configuring 'q :: ARPQuerier':\n  ";
  EXPECT_EQ(problem(""), where + "required IP argument missing\n");
  EXPECT_EQ(problem("x, 2:0:0:0:0:1"), where + "IP: 'x' is not an IP prefix\n");
  EXPECT_EQ(problem("10.0.0.1, 2:0:0:0:0:1, 3"), where + "too many arguments\n");
  EXPECT_EQ(problem("10.0.0.1, 2:0:0:0:0:1, TABLE d"), where + "TABLE: 'd' is no ARPTable\n");
  EXPECT_EQ(problem("10.0.0.1, 2:0:0:0:0:1, TABLE e"), where + "TABLE: 'e' is no ARPTable\n");
  EXPECT_EQ(problem("10.0.0.1, 2:0:0:0:0:1, CAPACITY_SLIM_FACTOR 0"),
            where + "CAPACITY_SLIM_FACTOR cannot be zero\n");
  EXPECT_NE(problem("10.0.0.1, nobody").find("ETH: "), std::string::npos);
}

TEST(ARPResponder, AnswersForItsAddresses) {
  TestGraph graph(
      "in :: Inject -> r :: ARPResponder(10.0.0.1 10.1.0.0/16 2:0:0:0:0:1, 10.1.2.3 2:0:0:0:0:9)"
      " -> out :: Capture; r [1] -> no :: Capture");
  ASSERT_EQ(graph.problems(), "");
  Sample tagged = request(kOurIp);
  tagged.notes.vlan_tci = 7;
  Sample not_arp = request(kOurIp);
  not_arp.bytes[12] = 9;
  graph.send("in", {tagged, request({{10, 1, 2, 3}}), request({{10, 1, 2, 4}}), request(ip(2)),
                    reply(kOurIp), not_arp, "short", ""});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].text(),
            arp(kPeer, {net::ArpOperation::kReply, kUs, kOurIp, kPeer, ip(2)}).text());
  EXPECT_EQ(out[0].notes.vlan_tci, 7);
  EXPECT_EQ(out[1].bytes[11], 9);
  EXPECT_EQ(out[2].bytes[11], 1);
  EXPECT_EQ(graph.captured("no").size(), 5U);
  EXPECT_EQ(graph.read("r.drops"), "5");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(ARPResponder, SearchesNarrowRangesFirst) {
  TestGraph graph(
      "Idle -> r :: ARPResponder(0/0 2:0:0:0:0:0, 10.0.0.0/8 2:0:0:0:0:1, 10.1.0.0/16 2:0:0:0:0:2)"
      " -> Discard");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("r.table"),
            "10.1.0.0/16 02-00-00-00-00-02\n10.0.0.0/8 02-00-00-00-00-01\n"
            "0.0.0.0/0 02-00-00-00-00-00\n");
  EXPECT_EQ(graph.write("r.add", "10.1.2.9/24 10.0.0.0/8 2:0:0:0:0:3"), "");
  EXPECT_EQ(graph.read("r.lookup", "10.1.2.3"), "02-00-00-00-00-03");
  EXPECT_EQ(graph.read("r.lookup", "10.9.2.3"), "02-00-00-00-00-03");
  EXPECT_EQ(graph.read("r.lookup", "11.9.2.3"), "02-00-00-00-00-00");
  EXPECT_EQ(graph.write("r.remove", "0/0"), "");
  EXPECT_EQ(graph.read("r.lookup", "11.9.2.3"), "");
  EXPECT_EQ(graph.write("r.remove", "0/0"), "error: 0.0.0.0/0 not found");
  EXPECT_EQ(graph.write("r.remove", "x"), "error: expected IP/MASK");
  EXPECT_EQ(graph.read("r.lookup", "x"), "error: expected IP address");
  EXPECT_EQ(graph.write("r.add", "1.2.3.4"), "error: missing ETH");
}

TEST(ARPResponder, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> r :: ARPResponder(", arguments, ") -> Discard")).problems();
  };
  const std::string where = "t:1:9: While configuring 'r :: ARPResponder':\n  ";
  EXPECT_EQ(problem("10.0.0.1"), where + "argument 0: missing ETH\n");
  EXPECT_EQ(problem("10.0.0.1 2:0:0:0:0:1, 2:0:0:0:0:1"), where + "argument 1: missing IP/MASK\n");
  EXPECT_EQ(problem("10.0.0.1 2:0:0:0:0:1 2:0:0:0:0:2"), where + "argument 0: more than one ETH\n");
  EXPECT_EQ(problem("10.0.0.1 nobody"), where + "argument 0: expected IP/MASK ETH\n");
}

TEST(ARPFaker, SpeaksUnasked) {
  TestGraph graph("f :: ARPFaker(10.0.0.2, 2:0:0:0:0:2, 10.0.0.1, 2:0:0:0:0:1) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::milliseconds(999));
  EXPECT_EQ(graph.captured("out").size(), 0U);
  graph.advance(base::milliseconds(20'001));
  ASSERT_EQ(graph.captured("out").size(), 3U);
  EXPECT_EQ(graph.captured("out")[0].text(),
            arp(kPeer, {net::ArpOperation::kReply, kUs, kOurIp, kPeer, ip(2)}).text());
  EXPECT_EQ(graph.read("f.count"), "3");
}

TEST(ARPPrint, SaysWhatItSees) {
  TestGraph graph(
      "in :: Inject -> p :: ARPPrint(in, ETHER true) -> ARPPrint(TIMESTAMP false) -> Discard");
  ASSERT_EQ(graph.problems(), "");
  const auto printed = [&](Sample sample, std::int32_t network = 14) {
    sample.network = network;
    graph.send("in", {sample});
    return graph.errors();
  };
  Sample timed = request(kOurIp);
  timed.notes.timestamp = base::milliseconds(1250);
  EXPECT_EQ(printed(timed),
            "in: 1.250000: 02-00-00-00-00-02 > FF-FF-FF-FF-FF-FF: "
            "arp who-has 10.0.0.1 tell 10.0.0.2\narp who-has 10.0.0.1 tell 10.0.0.2\n");
  EXPECT_EQ(graph.write("p.active", "false"), "");
  EXPECT_EQ(printed(reply(ip(2))), "arp reply 10.0.0.2 is-at 02-00-00-00-00-02\n");
  Sample known = request(kOurIp);
  known.bytes[32] = 2;
  EXPECT_EQ(printed(known), "arp who-has 10.0.0.1 (02-00-00-00-00-00) tell 10.0.0.2\n");
  const auto with_operation = [](std::uint8_t operation) {
    Sample sample = reply(ip(2));
    sample.bytes[21] = operation;
    return sample;
  };
  EXPECT_EQ(printed(with_operation(3)), "rarp who-is 02-00-00-00-00-01 tell 02-00-00-00-00-02\n");
  EXPECT_EQ(printed(with_operation(4)), "rarp reply 02-00-00-00-00-01 at 10.0.0.1\n");
  EXPECT_EQ(printed(with_operation(8)), "invarp who-is 02-00-00-00-00-01 tell 02-00-00-00-00-02\n");
  EXPECT_EQ(printed(with_operation(9)), "invarp reply 02-00-00-00-00-01 at 10.0.0.1\n");
  EXPECT_EQ(printed(with_operation(77)), "arp-#77\n");
  EXPECT_EQ(printed(reply(ip(2)), 15), "truncated-arp (27)\n");
  Sample strange = reply(ip(2));
  strange.bytes[16] = 9;
  EXPECT_EQ(printed(strange), "arp-#2 for proto #2304 (4) hardware #1 (6)\n");
  graph.send("in", {reply(ip(2))});  // nothing noted
  EXPECT_EQ(graph.errors(), "");
}

// Against a map: what is known and what waits, in what order.
TEST(ArpCache, AgreesWithAMap) {
  rc::check([](const std::vector<std::uint16_t>& steps) {
    graph::PacketPool pool(256);
    {
      ArpCache cache;
      cache.limits() = {.packets = 16, .entries = 8, .timeout = base::seconds(2)};
      cache.set_secret(99);
      base::Instant now;
      std::map<std::uint32_t, base::Instant> heard;
      for (const std::uint16_t step : steps) {
        const net::Ipv4Address address = ip(step >> 2 & 15);
        net::MacAddress mac;
        switch (step & 3) {
          case 0: now = now + base::milliseconds(step >> 6); break;
          case 1:
            cache.learn(address, {{2, 0, 0, 0, 0, address.bytes[3]}}, now);
            heard[address.host()] = now;
            break;
          case 2: {
            if (cache.find(address, now, {}, mac) != ArpCache::Answer::kUnknown) {
              RC_ASSERT(mac.bytes[5] == address.bytes[3]);
              RC_ASSERT(heard.contains(address.host()));
              RC_ASSERT(now - heard[address.host()] <= base::seconds(2));
            } else if (graph::Packet* packet = pool.make(4)) {
              packet->notes.number = address.host();
              if (cache.keep(address, packet, now) == ArpCache::Kept::kRefused) {
                release(packet);
              }
            }
            break;
          }
          default: {
            graph::Packet* taken[16];
            for (std::size_t left = cache.take(address, taken, 16); left != 0; --left) {
              RC_ASSERT(taken[left - 1]->notes.number == address.host());
              release(taken[left - 1]);
            }
          }
        }
        RC_ASSERT(cache.entries() <= 8U);
        RC_ASSERT(cache.packets() <= 16U);
        RC_ASSERT(pool.in_use() == cache.packets());
      }
    }
    RC_ASSERT(pool.in_use() == 0U);
  });
}

TEST(ArpCache, HasALimitEvenWhenNoneIsGiven) {
  ArpCache cache;
  for (std::uint32_t i = 0; i < ArpCache::kEntriesMax + 100; ++i) {
    cache.learn(net::Ipv4Address::from_host(i), kPeer, base::Instant());
  }
  EXPECT_EQ(cache.entries(), ArpCache::kEntriesMax);
  net::MacAddress mac;
  EXPECT_EQ(cache.find(net::Ipv4Address::from_host(99), {}, {}, mac), ArpCache::Answer::kUnknown);
  EXPECT_EQ(cache.find(net::Ipv4Address::from_host(100), {}, {}, mac), ArpCache::Answer::kKnown);
}

}  // namespace
}  // namespace superfluid::elements
