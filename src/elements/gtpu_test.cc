// SPDX-License-Identifier: Apache-2.0
// GTPUEncap and GTPUDecap.
#include <gtest/gtest.h>

#include <functional>

#include "base/text.h"
#include "elements/testing.h"
#include "net/gtpu.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using net::IpProtocol;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using Bytes = std::vector<std::uint8_t>;

constexpr net::Ipv4Address kNode{{192, 0, 2, 1}};
constexpr net::Ipv4Address kGateway{{192, 0, 2, 2}};
constexpr net::Ipv4Address kSubscriber{{10, 0, 0, 7}};
constexpr net::Ipv4Address kServer{{203, 0, 113, 9}};

Bytes built(const std::function<void(base::Writer&)>& build) {
  Bytes room(2048);
  base::Writer writer(room);
  build(writer);
  EXPECT_TRUE(writer.ok());
  room.resize(writer.position());
  return room;
}

Bytes inner() {
  return built([](base::Writer& writer) {
    net::write_ipv4(
        writer, {.protocol = IpProtocol::kUdp, .source = kSubscriber, .destination = kServer}, 5);
    writer.bytes(base::bytes_of("hello"));
  });
}

net::Ipv6Address ipv6(std::string_view text) { return *net::parse_ipv6_address(text); }

Bytes inner6() {
  return built([](base::Writer& writer) {
    net::write_ipv6(writer,
                    {.next_header = IpProtocol::kNoNextHeader,
                     .source = ipv6("2001:db8::7"),
                     .destination = ipv6("2001:db8::9")},
                    0);
  });
}

Bytes gtpu(const net::GtpuFields& fields, base::ByteView payload) {
  return built([&](base::Writer& writer) {
    net::write_gtpu(writer, fields, payload.size());
    writer.bytes(payload);
  });
}

struct OuterFields {
  std::uint16_t port = net::kGtpuPort;
  net::UdpChecksum checksum = net::UdpChecksum::kFull;
  bool more_fragments = false;
  net::Ipv4Address to = kGateway;
};

Sample carried(base::ByteView message, const OuterFields& fields = {}) {
  return Sample(built([&](base::Writer& writer) {
    net::write_ipv4(writer,
                    {.more_fragments = fields.more_fragments,
                     .protocol = IpProtocol::kUdp,
                     .source = kNode,
                     .destination = fields.to},
                    sizeof(net::UdpHeader) + message.size());
    net::write_udp(
        writer, {.source_port = 3386, .destination_port = fields.port, .checksum = fields.checksum},
        net::PseudoHeader(kNode, fields.to), message);
  }));
}

Sample carried6(base::ByteView message) {
  const net::Ipv6Address from = ipv6("2001:db8:1::1");
  const net::Ipv6Address to = ipv6("2001:db8:1::2");
  return Sample(built([&](base::Writer& writer) {
    net::write_ipv6(writer, {.next_header = IpProtocol::kUdp, .source = from, .destination = to},
                    sizeof(net::UdpHeader) + message.size());
    net::write_udp(writer, {.source_port = 3386, .destination_port = net::kGtpuPort},
                   net::PseudoHeader(from, to), message);
  }));
}

constexpr std::string_view kDecap =
    "; d [0] -> out :: Capture; d [1] -> back :: Capture; d [2] -> other :: Capture";

std::string decap(std::string_view arguments) {
  return base::cat("in :: Inject -> MarkIPHeader -> d :: GTPUDecap(", arguments, ")", kDecap);
}

// What the element made of an empty packet's header.
net::GtpuView header_of(const Sample& sample) {
  const auto view = net::parse_gtpu(sample.bytes);
  EXPECT_TRUE(view);
  return view.value_or(net::GtpuView{});
}

TEST(GTPUEncap, WritesTheShortHeader) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> e :: GTPUEncap(0x1001) -> out :: Capture",
                    TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {Sample(inner()), ""});
    ASSERT_EQ(graph.captured("out").size(), 2U);
    EXPECT_EQ(graph.captured("out")[0].bytes, gtpu({.teid = 0x1001}, inner()));
    EXPECT_EQ(graph.captured("out")[1].bytes, gtpu({.teid = 0x1001}, {}));
  }
}

TEST(GTPUEncap, NumbersPacketsAndNamesTheirFlow) {
  TestGraph graph(
      "in :: Inject -> e :: GTPUEncap(7, 9, SEQUENCE true, PDU_TYPE UL) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {Sample(inner()), Sample(inner())});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  for (std::uint16_t i = 0; i < 2; ++i) {
    const net::GtpuView view = header_of(out[i]);
    EXPECT_EQ(view.sequence(), i);
    EXPECT_EQ(view.header->teid.host(), 7U);
    EXPECT_EQ(Bytes(view.payload.begin(), view.payload.end()), inner());
    const auto extension = net::GtpuExtensionReader(view).next();
    ASSERT_TRUE(extension);
    const auto container = net::parse_pdu_session_container(extension->content);
    ASSERT_TRUE(container);
    EXPECT_EQ(*container,
              (net::PduSessionContainer{.type = net::PduSessionType::kUplink, .qfi = 9}));
  }
  EXPECT_EQ(graph.write("e.qfi", "10"), "");
  EXPECT_EQ(graph.write("e.teid", "0xfffffff0"), "");
  graph.forget("out");
  graph.send("in", {Sample(inner())});
  EXPECT_EQ(header_of(graph.captured("out")[0]).header->teid.host(), 0xfffffff0U);
  EXPECT_EQ(header_of(graph.captured("out")[0]).sequence(), 2);
  EXPECT_EQ(graph.captured("out")[0].bytes.at(14), 10);
  EXPECT_EQ(graph.write("e.qfi", "64"), "error: expected a number from 0 to 63 or PAINT");
  EXPECT_EQ(graph.write("e.teid", "x"), "error: expected a number of 32 bits or ANNO");
  EXPECT_EQ(graph.read("e.qfi"), "10");
  EXPECT_EQ(graph.read("e.teid"), "4294967280");
}

TEST(GTPUEncap, TakesWhatThePacketSays) {
  TestGraph graph("in :: Inject -> e :: GTPUEncap(ANNO, PAINT) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  Sample noted{inner()};
  noted.notes.aggregate = 0xabcd;
  noted.notes.paint = 63;
  Sample beyond = noted;
  beyond.notes.paint = 64;
  graph.send("in", {noted, beyond});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(header_of(graph.captured("out")[0]).header->teid.host(), 0xabcdU);
  EXPECT_EQ(graph.captured("out")[0].bytes.at(14), 63);
  EXPECT_EQ(graph.read("e.drops"), "1");
  EXPECT_EQ(graph.read("e.teid"), "ANNO");
  EXPECT_EQ(graph.read("e.qfi"), "PAINT");
  EXPECT_EQ(graph.write("e.end_marker"), "error: the tunnel is each packet's own");
}

TEST(GTPUEncap, RefusesWhatDoesNotFit) {
  TestGraph graph("in :: Inject -> e :: GTPUEncap(1, SEQUENCE true) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {Sample(Bytes(0xffff - 4)), Sample(Bytes(0xffff - 3))});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(header_of(graph.captured("out")[0]).header->length.host(), 0xffff);
  EXPECT_EQ(graph.read("e.drops"), "1");
}

TEST(GTPUEncap, SendsAnEndMarker) {
  TestGraph graph("in :: Inject -> e :: GTPUEncap(5, 1) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.write("e.end_marker"), "");
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.captured("out")[0].bytes,
            gtpu({.message = net::GtpuMessage::kEndMarker, .teid = 5}, {}));
  TestGraph pulled("in :: Inject -> e :: GTPUEncap(5) -> out :: PullCapture");
  ASSERT_EQ(pulled.problems(), "");
  EXPECT_EQ(pulled.write("e.end_marker"), "error: packets are pulled from this element");
}

TEST(GTPUEncap, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    const std::string text =
        TestGraph(base::cat("Idle -> GTPUEncap(", arguments, ") -> Idle")).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem(""), "  required TEID argument missing\n");
  EXPECT_EQ(problem("0x100000000"), "  TEID: expected a number of 32 bits or ANNO\n");
  EXPECT_EQ(problem("1, 64"), "  QFI: expected a number from 0 to 63 or PAINT\n");
  EXPECT_EQ(problem("1, 2, PDU_TYPE up"), "  PDU_TYPE: expected DL or UL\n");
}

TEST(GTPUDecap, TakesOutWhatEncapPutIn) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> GTPUEncap(77, 5) -> UDPIPEncap(192.0.2.1, 2152, 192.0.2.2, 2152)"
        "-> d :: GTPUDecap(PAINT true) -> out :: Capture",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {Sample(inner()), Sample(inner6())});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].bytes, inner());
    EXPECT_EQ(out[0].network, 0);
    EXPECT_EQ(out[0].transport, 20);
    EXPECT_EQ(out[0].notes.aggregate, 77U);
    EXPECT_EQ(out[0].notes.paint, 5);
    EXPECT_EQ(out[0].notes.destination.bytes[0], 203);
    EXPECT_EQ(out[1].bytes, inner6());
    EXPECT_EQ(out[1].transport, 40);
    EXPECT_EQ(out[1].notes.destination, ipv6("2001:db8::9"));
    EXPECT_EQ(graph.read("d.packets"), "2");
    EXPECT_EQ(graph.read("d.drops"), "0");
  }
}

TEST(GTPUDecap, ReadsBothOuterVersionsAndCutsWhatFollows) {
  TestGraph graph(decap(""));
  ASSERT_EQ(graph.problems(), "");
  Sample padded = carried(gtpu({.teid = 1}, inner()));
  padded.bytes.resize(padded.bytes.size() + 6);
  graph.send("in", {padded, carried6(gtpu({.teid = 2}, inner()))});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].bytes, inner());
  EXPECT_EQ(out[1].bytes, inner());
  EXPECT_EQ(out[1].notes.aggregate, 2U);
}

TEST(GTPUDecap, AnswersEchoes) {
  const Bytes request =
      gtpu({.message = net::GtpuMessage::kEchoRequest, .sequence = 513}, base::ByteView());
  TestGraph graph(decap(""));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {carried(request), carried6(request)});
  const auto& back = graph.captured("back");
  ASSERT_EQ(back.size(), 2U);
  const auto ip = net::parse_ipv4(back[0].bytes);
  ASSERT_TRUE(ip);
  EXPECT_TRUE(net::verify_checksum(*ip));
  EXPECT_EQ(ip->header->source, kGateway);
  EXPECT_EQ(ip->header->destination, kNode);
  const auto udp = net::parse_udp(ip->payload);
  ASSERT_TRUE(udp);
  EXPECT_TRUE(net::verify_checksum(*udp, net::PseudoHeader(kGateway, kNode)));
  EXPECT_EQ(udp->header->source_port.host(), net::kGtpuPort);
  EXPECT_EQ(udp->header->destination_port.host(), 3386);
  const auto response = net::parse_gtpu(udp->payload);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header->message, net::GtpuMessage::kEchoResponse);
  EXPECT_EQ(response->sequence(), 513);
  const auto element = net::GtpuElementReader(response->payload).next();
  ASSERT_TRUE(element);
  EXPECT_EQ(element->type, net::GtpuElementType::kRecovery);
  EXPECT_EQ(back[0].notes.destination.bytes[3], 1);

  const auto ip6 = net::parse_ipv6(back[1].bytes);
  ASSERT_TRUE(ip6);
  EXPECT_EQ(ip6->header->destination, ipv6("2001:db8:1::1"));
  const auto udp6 = net::parse_udp(ip6->payload);
  ASSERT_TRUE(udp6);
  EXPECT_TRUE(net::verify_checksum(
      *udp6, net::PseudoHeader(ip6->header->source, ip6->header->destination)));
  EXPECT_EQ(graph.read("d.echoes"), "2");
}

TEST(GTPUDecap, PassesOtherMessagesOnAsTheyCame) {
  const Sample echo = carried(gtpu({.message = net::GtpuMessage::kEchoRequest, .sequence = 1}, {}));
  const Sample end = carried(gtpu({.message = net::GtpuMessage::kEndMarker, .teid = 9}, {}));
  TestGraph graph(decap(""));
  graph.send("in", {end, carried(gtpu({.message = net::GtpuMessage::kEchoResponse}, {}))});
  ASSERT_EQ(graph.captured("other").size(), 2U);
  EXPECT_EQ(graph.captured("other")[0].bytes, end.bytes);
  EXPECT_EQ(graph.read("d.messages"), "2");
  TestGraph alone("in :: Inject -> MarkIPHeader -> d :: GTPUDecap -> out :: Capture");
  ASSERT_EQ(alone.problems(), "");
  alone.send("in", {echo, end});
  EXPECT_EQ(alone.captured("out").size(), 0U);
  EXPECT_EQ(alone.read("d.messages"), "2");
  EXPECT_EQ(alone.read("d.drops"), "0");
}

TEST(GTPUDecap, CountsDropsByReason) {
  const Bytes good = gtpu({.teid = 1}, inner());
  Sample tcp = carried(good);
  tcp.bytes[9] = 6;
  Sample cut = carried(good);
  cut.bytes.pop_back();
  Sample long_udp = carried(good);
  long_udp.bytes[24] = 9;
  Sample damaged = carried(good);
  damaged.bytes.back() ^= 1;
  Bytes prime = good;
  prime[0] &= 0xef;
  const Bytes content(2);
  const auto extended = [&](std::uint8_t type, base::ByteView bytes) {
    const net::GtpuExtension extension{static_cast<net::GtpuExtensionType>(type), bytes};
    return gtpu({.teid = 1, .extensions = {&extension, 1}}, inner());
  };
  Bytes bad_container(2);
  bad_container[0] = 0x50;
  Bytes short_inner = inner();
  short_inner.pop_back();
  TestGraph graph(decap("TEID 1, DETAILS true"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in",
             {"", tcp, cut, carried(good, {.port = 2153}),                                //
              carried(good, {.more_fragments = true}),                                    //
              long_udp,                                                                   //
              damaged,                                                                    //
              carried(prime), carried(Bytes(7)), carried(extended(0x85, bad_container)),  //
              carried(gtpu({.teid = 2}, inner())),                                        //
              carried(extended(0x82, content)),                                           //
              carried(gtpu({.teid = 1}, short_inner)), carried(gtpu({.teid = 1}, {})),
              carried(gtpu({.message = net::GtpuMessage::kEchoRequest}, {}),
                      {.to = net::Ipv4Address{{224, 0, 0, 1}}}),
              // and not
              carried(good), carried(extended(0x42, content)), carried(extended(0xc0, content)),
              carried(good, {.checksum = net::UdpChecksum::kNone})});
  EXPECT_EQ(graph.captured("out").size(), 4U);
  EXPECT_EQ(graph.read("d.drop_details"),
            "5\tnot UDP to port 2152\n1\tfragment\n1\tbad UDP length\n1\tbad UDP checksum\n"
            "3\tbad GTP-U header\n1\tunknown tunnel\n1\tunknown extension\n2\tbad inner packet\n");
  EXPECT_EQ(graph.read("d.drops"), "15");
  EXPECT_EQ(graph.errors(), "d: GTP-U header check failed: not UDP to port 2152\n");
}

TEST(GTPUDecap, LeavesTheChecksumAloneWhenTold) {
  Sample damaged = carried(gtpu({.teid = 1}, inner()));
  damaged.bytes[26] ^= 1;
  TestGraph graph(decap("CHECKSUM false"));
  graph.send("in", {damaged});
  EXPECT_EQ(graph.captured("out").size(), 1U);
}

}  // namespace
}  // namespace superfluid::elements
