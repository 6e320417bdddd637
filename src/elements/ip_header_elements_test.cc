// SPDX-License-Identifier: Apache-2.0
// The small elements that note, check, change, add and remove IPv4 headers.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <string>

#include "base/text.h"
#include "elements/testing.h"
#include "net/checksum.h"
#include "net/ipv4.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;

struct Datagram {
  net::Ipv4Fields fields{.ttl = 64,
                         .protocol = net::IpProtocol::kUdp,
                         .source = {{192, 0, 2, 1}},
                         .destination = {{192, 0, 2, 2}}};
  std::size_t payload = 8;
};

Sample datagram(const Datagram& wanted = {}) {
  std::vector<std::uint8_t> bytes(60 + wanted.payload);
  base::Writer writer(bytes);
  net::write_ipv4(writer, wanted.fields, wanted.payload);
  writer.fill(wanted.payload, 'p');
  bytes.resize(writer.position());
  return Sample(std::move(bytes));
}

Sample large(std::size_t bytes) { return Sample(std::vector<std::uint8_t>(bytes)); }

Sample with_byte(Sample sample, std::size_t at, std::uint8_t value) {
  sample.bytes[at] = value;
  return sample;
}

const net::Ipv4Header& header_of(const Sample& sample, std::size_t offset = 0) {
  return *reinterpret_cast<const net::Ipv4Header*>(sample.bytes.data() + offset);
}

net::Ipv4Address noted(const Sample& sample) {
  net::Ipv4Address address;
  std::copy_n(sample.notes.destination.bytes.begin(), 4, address.bytes.begin());
  return address;
}

TEST(MarkIPHeader, NotesTheHeaderBehindItsOffset) {
  TestGraph graph("in :: Inject -> MarkIPHeader(2) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  Sample framed = datagram();
  framed.bytes.insert(framed.bytes.begin(), 2, 0);
  graph.send("in", {framed, "a", Sample(std::vector<std::uint8_t>{0, 0, 0x4f}), ""});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0].network, 2);
  EXPECT_EQ(out[0].transport, 22);
  EXPECT_EQ(out[1].network, std::nullopt);
  EXPECT_EQ(out[2].network, 2);
  EXPECT_EQ(out[2].transport, std::nullopt);
}

TEST(CheckIPHeader, PassesWhatIsSoundAndCutsPadding) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> c :: CheckIPHeader -> out :: Capture",
                    TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample padded = datagram();
    padded.bytes.resize(46);
    graph.send("in", {padded});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].bytes.size(), 28U);
    EXPECT_EQ(out[0].network, 0);
    EXPECT_EQ(out[0].transport, 20);
    EXPECT_EQ(noted(out[0]), (net::Ipv4Address{{192, 0, 2, 2}}));
    EXPECT_EQ(graph.read("c.drops"), "0");
  }
}

TEST(CheckIPHeader, CountsWhatItRefusesByReason) {
  TestGraph graph(
      "in :: Inject -> c :: CheckIPHeader(0, BADSRC 192.0.2.1 192.0.2.9, DETAILS true) ->"
      "out :: Capture; c [1] -> bad :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const Sample good = datagram({.fields = {.protocol = net::IpProtocol::kTcp,
                                           .source = {{192, 0, 2, 3}},
                                           .destination = {{192, 0, 2, 2}}}});
  Sample cut = good;
  cut.bytes.pop_back();
  graph.send("in", {"", "short", with_byte(good, 0, 0x65), with_byte(good, 0, 0x44), cut,
                    with_byte(good, 3, 19), with_byte(good, 8, 63), datagram(), good});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.captured("bad").size(), 8U);
  EXPECT_EQ(graph.read("c.drops"), "8");
  EXPECT_EQ(graph.read("c.drop_details"),
            "2\ttiny packet\n1\tbad IP version\n1\tbad IP header length\n2\tbad IP length\n"
            "1\tbad IP checksum\n1\tbad source address\n");
  EXPECT_EQ(graph.errors(), "c: IP header check failed: tiny packet\n");
}

TEST(CheckIPHeader, SaysEveryRefusalWhenVerbose) {
  TestGraph graph("in :: Inject -> c :: CheckIPHeader(VERBOSE true) -> out :: Capture");
  graph.send("in", {"", with_byte(datagram(), 0, 0x65)});
  EXPECT_EQ(graph.errors(),
            "c: IP header check failed: tiny packet\nc: IP header check failed: bad IP version\n");
  EXPECT_EQ(graph.read("c.drop_details"), "error: no 'c.drop_details' read handler");
}

TEST(CheckIPHeader, InterfacesAreBadSourcesAndGoodDestinations) {
  TestGraph graph(
      "in :: Inject -> c :: CheckIPHeader(INTERFACES 10.0.0.9/24 10.1.0.1/16, OFFSET 0) ->"
      "out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const auto sent = [](net::Ipv4Address from, net::Ipv4Address to) {
    return datagram(
        {.fields = {.protocol = net::IpProtocol::kUdp, .source = from, .destination = to}});
  };
  const net::Ipv4Address other{{10, 0, 0, 7}};
  graph.send("in",
             {sent({{10, 0, 0, 255}}, other), sent({{10, 1, 255, 255}}, other), sent({}, other),
              sent({{255, 255, 255, 255}}, other), sent({{10, 0, 0, 255}}, {{10, 0, 0, 9}}),
              sent({}, {{10, 1, 0, 1}}), sent({{10, 0, 0, 9}}, other)});
  EXPECT_EQ(graph.captured("out").size(), 3U);
  EXPECT_EQ(graph.read("c.drops"), "4");
}

TEST(CheckIPHeader, TheOldFormNamesBadSourcesByPlace) {
  TestGraph graph("in :: Inject -> c :: CheckIPHeader(192.0.2.1 192.0.2.7, 0) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send(
      "in",
      {datagram(),
       datagram({.fields = {.protocol = net::IpProtocol::kUdp, .source = {}, .destination = {}}})});
  EXPECT_EQ(graph.captured("out").size(), 0U);
  EXPECT_EQ(graph.read("c.drops"), "2");
}

TEST(CheckIPHeader, TheSecondDoesNotSum) {
  TestGraph graph("in :: Inject -> c :: CheckIPHeader2 -> out :: Capture");
  graph.send("in", {with_byte(datagram(), 8, 1)});
  EXPECT_EQ(graph.captured("out").size(), 1U);
}

TEST(CheckIPHeader, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    const std::string text =
        TestGraph(base::cat("Idle -> c :: CheckIPHeader(", arguments, ") -> Idle")).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problems("INTERFACES 10.0.0.1/33"),
            "  INTERFACES: '10.0.0.1/33' is not an IP prefix\n");
  EXPECT_EQ(problems("BADSRC 10.0.0"), "  BADSRC: '10.0.0' is not an IP address\n");
  EXPECT_EQ(problems("OFFSET -1"), "  OFFSET: out of range, minimum 0\n");
  EXPECT_EQ(problems("10.0.0.1, x"), "  OFFSET: 'x' is not an integer\n");
  EXPECT_EQ(problems("10.0.0.1, 0, 0"), "  too many arguments\n");
}

TEST(GetIPAddress, TakesTheAddressFromBytesOrHeader) {
  TestGraph graph(
      "in :: Inject -> MarkIPHeader -> Capture;"
      "a :: Inject -> GetIPAddress(16) -> at :: Capture;"
      "s :: Inject -> MarkIPHeader -> GetIPAddress(IP src) -> source :: Capture;"
      "d :: Inject -> MarkIPHeader -> GetIPAddress(IP dst, ANNO DST_IP) -> dest :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {datagram(), "short"});
  graph.send("s", {datagram(), "short"});
  graph.send("d", {datagram(), ""});
  EXPECT_EQ(noted(graph.captured("at")[0]), (net::Ipv4Address{{192, 0, 2, 2}}));
  EXPECT_EQ(noted(graph.captured("at")[1]), net::Ipv4Address{});
  EXPECT_EQ(noted(graph.captured("source")[0]), (net::Ipv4Address{{192, 0, 2, 1}}));
  EXPECT_EQ(noted(graph.captured("source")[1]), net::Ipv4Address{});
  EXPECT_EQ(noted(graph.captured("dest")[0]), (net::Ipv4Address{{192, 0, 2, 2}}));
  EXPECT_EQ(noted(graph.captured("dest")[1]), net::Ipv4Address{});
}

TEST(GetIPAddress, WantsOneOfItsArguments) {
  for (const std::string_view arguments : {"", "16, IP src"}) {
    EXPECT_NE(TestGraph(base::cat("Idle -> GetIPAddress(", arguments, ") -> Idle"))
                  .problems()
                  .find("set one of OFFSET, IP"),
              std::string::npos);
  }
  EXPECT_NE(TestGraph("Idle -> GetIPAddress(IP both) -> Idle").problems().find("bad IP"),
            std::string::npos);
}

TEST(SetIPAddress, NotesItsAddress) {
  TestGraph graph("in :: Inject -> s :: SetIPAddress(10.1.2.3) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.read("s.addr"), "10.1.2.3");
  EXPECT_EQ(graph.write("s.addr", "10.1.2.4"), "");
  EXPECT_NE(graph.write("s.addr", "10.1.2"), "");
  graph.send("in", {"b"});
  EXPECT_EQ(noted(graph.captured("out")[0]), (net::Ipv4Address{{10, 1, 2, 3}}));
  EXPECT_EQ(noted(graph.captured("out")[1]), (net::Ipv4Address{{10, 1, 2, 4}}));
}

TEST(SetRandIPAddress, DrawsFromItsPrefix) {
  TestGraph graph("in :: Inject -> SetRandIPAddress(10.1.2.3/20) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  std::set<std::uint32_t> drawn;
  for (int i = 0; i < 200; ++i) {
    graph.send("in", {"a"});
    const std::uint32_t address = noted(graph.captured("out").back()).host();
    EXPECT_EQ(address >> 12, 0x0a0102u >> 4);
    drawn.insert(address);
  }
  EXPECT_GT(drawn.size(), 100U);
  EXPECT_EQ(graph.captured("out")[0].bytes, (std::vector<std::uint8_t>{'a'}));
}

TEST(SetRandIPAddress, DrawsAmongAsManyAsItIsTold) {
  TestGraph graph("in :: Inject -> SetRandIPAddress(0.0.0.0/0, 3) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  std::set<std::uint32_t> drawn;
  for (int i = 0; i < 200; ++i) {
    graph.send("in", {"a"});
    drawn.insert(noted(graph.captured("out").back()).host());
  }
  EXPECT_EQ(drawn.size(), 3U);
}

TEST(SetRandIPAddress, RefusesBadArguments) {
  const auto problem = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> s :: SetRandIPAddress(", arguments, ") -> Discard"))
        .problems();
  };
  EXPECT_NE(problem("x").find("PREFIX: invalid IP prefix"), std::string::npos);
  EXPECT_NE(problem("10.0.0.0/255.0.255.0").find("PREFIX: invalid IP prefix"), std::string::npos);
  EXPECT_NE(problem("").find("required PREFIX argument missing"), std::string::npos);
  EXPECT_NE(problem("10.0.0.0/8, 1048577").find("LIMIT: out of range, maximum 1048576"),
            std::string::npos);
}

TEST(SetIPDSCP, SetsTheCodePointAndKeepsTheChecksumRight) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> MarkIPHeader -> s :: SetIPDSCP(DSCP 10) -> out :: Capture",
                    TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Datagram congested;
    congested.fields.ecn = 3;
    graph.send("in", {datagram(congested), "short"});
    EXPECT_EQ(graph.write("s.dscp", "2"), "");
    EXPECT_EQ(graph.write("s.dscp", "64"), "error: diffserv code point out of range");
    EXPECT_EQ(graph.read("s.dscp"), "2");
    graph.send("in", {datagram()});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(header_of(out[0]).dscp_and_ecn, 10 << 2 | 3);
    EXPECT_EQ(header_of(out[1]).dscp_and_ecn, 2 << 2);
    EXPECT_TRUE(net::internet_checksum_holds(base::ByteView(out[0].bytes).first(20)));
    EXPECT_TRUE(net::internet_checksum_holds(base::ByteView(out[1].bytes).first(20)));
    EXPECT_EQ(graph.read("s.drops"), "1");
  }
  EXPECT_NE(TestGraph("Idle -> SetIPDSCP(64) -> Idle")
                .problems()
                .find("diffserv code point out of range"),
            std::string::npos);
}

TEST(SetIPChecksum, SumsTheNotedHeaderOrTheFirst) {
  TestGraph graph(
      "in :: Inject -> s :: SetIPChecksum -> out :: Capture;"
      "marked :: Inject -> MarkIPHeader(3) -> SetIPChecksum -> out");
  ASSERT_EQ(graph.problems(), "");
  const Sample wrong = with_byte(datagram(), 10, 7);
  Sample framed = wrong;
  framed.bytes.insert(framed.bytes.begin(), 3, 0);
  graph.send("in", {wrong, "tiny", with_byte(wrong, 0, 0x44), with_byte(wrong, 0, 0x4f)});
  graph.send("marked", {framed});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].bytes, datagram().bytes);
  EXPECT_TRUE(net::internet_checksum_holds(base::ByteView(out[1].bytes).subspan(3, 20)));
  EXPECT_EQ(graph.read("s.drops"), "3");
  EXPECT_EQ(graph.errors(), "s: bad input packet\n");
}

TEST(DecIPTTL, AgesPacketsAndSendsTheExpiredAside) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> MarkIPHeader -> t :: DecIPTTL -> out :: Capture; t [1] -> old :: Capture",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    std::vector<Sample> sent;
    for (const int ttl : {0, 1, 2, 255}) {
      Datagram each;
      each.fields.ttl = static_cast<std::uint8_t>(ttl);
      sent.push_back(datagram(each));
    }
    sent.push_back("short");
    graph.send("in", sent);
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(header_of(out[0]).ttl, 1);
    EXPECT_EQ(header_of(out[1]).ttl, 254);
    EXPECT_TRUE(net::internet_checksum_holds(base::ByteView(out[0].bytes).first(20)));
    ASSERT_EQ(graph.captured("old").size(), 3U);
    EXPECT_EQ(graph.captured("old")[1].bytes, sent[1].bytes);
    EXPECT_EQ(graph.read("t.drops"), "3");
  }
}

TEST(DecIPTTL, ActsWhenActiveAndSparesMulticastWhenTold) {
  TestGraph graph(
      "in :: Inject -> MarkIPHeader -> t :: DecIPTTL(MULTICAST false) -> out :: Capture");
  Datagram multicast;
  multicast.fields.destination = {{224, 0, 0, 5}};
  multicast.fields.ttl = 1;
  graph.send("in", {datagram(multicast), datagram()});
  EXPECT_EQ(graph.write("t.active", "false"), "");
  EXPECT_EQ(graph.read("t.active"), "false");
  graph.send("in", {datagram()});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(header_of(out[0]).ttl, 1);
  EXPECT_EQ(header_of(out[1]).ttl, 63);
  EXPECT_EQ(header_of(out[2]).ttl, 64);
}

TEST(DecIPTTL, TheChecksumFollowsWhateverTheHeader) {
  rc::check("a header that sums up sums up afterwards", [] {
    Datagram any;
    any.fields.ttl = *rc::gen::inRange<std::uint8_t>(2, 255);
    any.fields.identification = *rc::gen::arbitrary<std::uint16_t>();
    any.fields.source = net::Ipv4Address::from_host(*rc::gen::arbitrary<std::uint32_t>());
    TestGraph graph("in :: Inject -> MarkIPHeader -> DecIPTTL -> out :: Capture");
    graph.send("in", {datagram(any)});
    RC_ASSERT(
        net::internet_checksum_holds(base::ByteView(graph.captured("out").at(0).bytes).first(20)));
  });
}

TEST(UnstripIPHeader, UncoversTheHeaderAgain) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> MarkIPHeader(2) -> StripIPHeader -> u :: UnstripIPHeader"
        " -> out :: Capture; whole :: Inject -> MarkIPHeader -> u; bare :: Inject -> u",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample framed = datagram();
    framed.bytes.insert(framed.bytes.begin(), 2, 0);
    graph.send("in", {framed});
    graph.send("whole", {datagram()});
    graph.send("bare", {"no header noted"});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].bytes, datagram().bytes);
    EXPECT_EQ(out[1].bytes, datagram().bytes);
    EXPECT_EQ(graph.read("u.drops"), "1");
  }
}

TEST(StripIPHeader, LeavesThePayload) {
  TestGraph graph("in :: Inject -> MarkIPHeader -> s :: StripIPHeader -> out :: Capture");
  graph.send("in", {datagram({.payload = 3}), "", "O"});
  EXPECT_EQ(graph.texts("out"), "ppp");
  EXPECT_EQ(graph.read("s.drops"), "2");
}

TEST(IPEncap, WritesAWholeHeader) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> e :: IPEncap(ipip, 192.0.2.1, 192.0.2.2, TTL 9, DSCP 63, ECT 2, DF true)"
        " -> out :: Capture",
        TestGraphOptions{.headroom = 0, .shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"one", "three"});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto view = net::parse_ipv4(out[i].bytes);
      ASSERT_TRUE(view);
      EXPECT_TRUE(net::verify_checksum(*view));
      EXPECT_EQ(view->header->identification.host(), i);
      EXPECT_EQ(view->header->protocol, net::IpProtocol::kIpv4);
      EXPECT_EQ(view->header->dscp_and_ecn, 63 << 2 | 1);
      EXPECT_EQ(view->header->ttl, 9);
      EXPECT_TRUE(view->header->dont_fragment());
      EXPECT_EQ(base::text_of(view->payload), i == 0 ? "one" : "three");
      EXPECT_EQ(out[i].network, 0);
      EXPECT_EQ(out[i].transport, 20);
      EXPECT_EQ(noted(out[i]), (net::Ipv4Address{{192, 0, 2, 2}}));
    }
  }
}

TEST(IPEncap, FollowsTheAnnotationAndItsHandlers) {
  TestGraph graph(
      "in :: Inject -> SetIPAddress(10.9.8.7) -> e :: IPEncap(4, 192.0.2.1, DST_ANNO) ->"
      "out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("e.dst"), "DST_ANNO");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.write("e.src", "192.0.2.7"), "");
  EXPECT_EQ(graph.write("e.dst", "192.0.2.8"), "");
  EXPECT_EQ(graph.write("e.dst", "x"), "error: DST argument should be IP address or 'DST_ANNO'");
  EXPECT_EQ(graph.read("e.src"), "192.0.2.7");
  EXPECT_EQ(graph.read("e.dst"), "192.0.2.8");
  graph.send("in", {"b"});
  const auto& out = graph.captured("out");
  EXPECT_EQ(header_of(out[0]).destination, (net::Ipv4Address{{10, 9, 8, 7}}));
  EXPECT_EQ(header_of(out[1]).source, (net::Ipv4Address{{192, 0, 2, 7}}));
  EXPECT_EQ(header_of(out[1]).destination, (net::Ipv4Address{{192, 0, 2, 8}}));
  for (const Sample& sample : out) {
    EXPECT_TRUE(net::internet_checksum_holds(base::ByteView(sample.bytes).first(20)));
  }
}

TEST(IPEncap, DropsWhatDoesNotFit) {
  TestGraph graph("in :: Inject -> e :: IPEncap(4, 192.0.2.1, 192.0.2.2) -> out :: Capture");
  graph.send("in", {large(65'516), large(65'515)});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.read("e.drops"), "1");
}

TEST(IPEncap, RefusesWrongArguments) {
  const auto problem = [](std::string_view more) {
    const std::string text = TestGraph(base::cat("Idle -> IPEncap(", more, ") -> Idle")).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("300, 192.0.2.1, 192.0.2.2"), "  bad IP protocol\n");
  EXPECT_EQ(problem("tcpudp, 192.0.2.1, 192.0.2.2"), "  bad IP protocol\n");
  EXPECT_EQ(problem("4, 192.0.2.1, nowhere"),
            "  DST argument should be IP address or 'DST_ANNO'\n");
  EXPECT_EQ(problem("4, 192.0.2.1, 192.0.2.2, TOS 1, DSCP 1"), "  cannot set both TOS and DSCP\n");
  EXPECT_EQ(problem("4, 192.0.2.1, 192.0.2.2, TOS 1, CE true"),
            "  cannot set both TOS and ECN bits\n");
  EXPECT_EQ(problem("4, 192.0.2.1, 192.0.2.2, TOS 256"), "  TOS too large; max 255\n");
  EXPECT_EQ(problem("4, 192.0.2.1, 192.0.2.2, DSCP 64"), "  DSCP too large; max 63\n");
  EXPECT_EQ(problem("4, 192.0.2.1, 192.0.2.2, ECT maybe"), "  bad ECT value 'maybe'\n");
  EXPECT_EQ(problem("4, 192.0.2.1, 192.0.2.2, ECT 1, CE true"),
            "  can set at most one ECN option\n");
  EXPECT_EQ(problem("4, 192.0.2.1"), "  required DST argument missing\n");
}

TEST(UDPIPEncap, WritesBothHeaders) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> e :: UDPIPEncap(192.0.2.1, 1234, 192.0.2.2, domain) -> out :: Capture",
        TestGraphOptions{.headroom = 0, .shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"odd", ""});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    for (const Sample& sample : out) {
      const auto ip = net::parse_ipv4(sample.bytes);
      ASSERT_TRUE(ip);
      EXPECT_TRUE(net::verify_checksum(*ip));
      const auto udp = net::parse_udp(ip->payload);
      ASSERT_TRUE(udp);
      EXPECT_TRUE(net::verify_checksum(
          *udp, net::PseudoHeader(ip->header->source, ip->header->destination)));
      EXPECT_EQ(udp->header->source_port.host(), 1234);
      EXPECT_EQ(udp->header->destination_port.host(), 53);
      EXPECT_NE(udp->header->checksum.raw(), 0);
      EXPECT_EQ(ip->header->ttl, 250);
    }
    EXPECT_EQ(base::text_of(base::ByteView(out[0].bytes).subspan(28)), "odd");
  }
}

TEST(UDPIPEncap, HandlersAndAnnotation) {
  TestGraph graph(
      "in :: Inject -> SetIPAddress(10.0.0.1) ->"
      "e :: UDPIPEncap(192.0.2.1, 1, DST_ANNO, 2, false) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.write("e.sport", "ntp"), "");
  EXPECT_EQ(graph.write("e.dport", "65536"), "error: '65536' is not a port");
  EXPECT_EQ(graph.write("e.src", "192.0.2.3"), "");
  EXPECT_EQ(graph.read("e.sport"), "123");
  EXPECT_EQ(graph.read("e.dport"), "2");
  EXPECT_EQ(graph.read("e.src"), "192.0.2.3");
  graph.send("in", {"a", large(65'508)});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(header_of(out[0]).destination, (net::Ipv4Address{{10, 0, 0, 1}}));
  EXPECT_EQ(header_of(out[0]).source, (net::Ipv4Address{{192, 0, 2, 3}}));
  EXPECT_EQ(out[0].bytes[26], 0);
  EXPECT_EQ(out[0].bytes[27], 0);
  EXPECT_EQ(graph.read("e.drops"), "1");
}

TEST(UDPIPEncap, RefusesWrongArguments) {
  const auto problem = [](std::string_view more) {
    const std::string text =
        TestGraph(base::cat("Idle -> UDPIPEncap(", more, ") -> Idle")).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("192.0.2.1, 1, nowhere, 2"), "  bad DST\n");
  EXPECT_EQ(problem("192.0.2.1, 70000, 192.0.2.2, 2"), "  SPORT: '70000' is not a port\n");
  EXPECT_EQ(problem("192.0.2.1, 1, 192.0.2.2, nothing"), "  DPORT: 'nothing' is not a port\n");
}

}  // namespace
}  // namespace superfluid::elements
