// SPDX-License-Identifier: Apache-2.0
// The elements of IPv6.
#include <gtest/gtest.h>

#include <functional>

#include "base/text.h"
#include "elements/testing.h"
#include "net/icmpv6.h"
#include "net/ipv6.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

using net::IpProtocol;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using Bytes = std::vector<std::uint8_t>;

net::Ipv6Address ip6(std::string_view text) { return *net::parse_ipv6_address(text); }

struct Fields {
  std::string_view from = "2001:db8::1";
  std::string_view to = "2001:db8:1::2";
  std::uint8_t hop_limit = 64;
  IpProtocol protocol = IpProtocol::kNoNextHeader;
};

Sample packet(const Fields& fields = {}, base::ByteView payload = base::bytes_of("payload")) {
  Bytes bytes(40 + payload.size());
  base::Writer writer(bytes);
  net::write_ipv6(writer,
                  {.next_header = fields.protocol,
                   .hop_limit = fields.hop_limit,
                   .source = ip6(fields.from),
                   .destination = ip6(fields.to)},
                  payload.size());
  writer.bytes(payload);
  return Sample(std::move(bytes));
}

Sample icmp6(const Fields& fields, net::Icmpv6Type type, std::uint8_t code = 0) {
  Bytes message(64);
  base::Writer writer(message);
  net::write_icmpv6(writer, {.type = type, .code = code},
                    net::PseudoHeader(ip6(fields.from), ip6(fields.to)), base::bytes_of("data"));
  Fields with = fields;
  with.protocol = IpProtocol::kIcmpv6;
  return packet(with, writer.written());
}

std::string problem(std::string_view element) {
  const std::string text = TestGraph(base::cat("Idle -> ", element, " -> Idle")).problems();
  return text.substr(text.find('\n') + 1);
}

TEST(CheckIP6Header, CountsByReasonAndCutsPadding) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> c :: CheckIP6Header(2001:db8::bad, OFFSET 2, DETAILS true)"
        "-> out :: Capture; c [1] -> bad :: Capture",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    const auto behind_two = [](Sample sample) {
      sample.bytes.insert(sample.bytes.begin(), 2, 0);
      return sample;
    };
    Sample padded = behind_two(packet());
    padded.bytes.resize(padded.bytes.size() + 9);
    Sample cut = behind_two(packet());
    cut.bytes.pop_back();
    Sample ipv4 = behind_two(packet());
    ipv4.bytes[2] = 0x45;
    graph.send("in", {padded, "", behind_two(Sample(Bytes(39))), ipv4, cut,
                      behind_two(packet({.from = "2001:db8::bad"})),
                      behind_two(packet({.from = "ff02::1"})), behind_two(packet({}, {}))});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].bytes, behind_two(packet()).bytes);
    EXPECT_EQ(out[0].network, 2);
    EXPECT_EQ(out[0].transport, 42);
    EXPECT_EQ(graph.captured("bad").size(), 6U);
    EXPECT_EQ(graph.read("c.drop_details"),
              "2\ttiny packet\n1\tbad IP version\n1\tbad IP length\n2\tbad source address\n");
    EXPECT_EQ(graph.errors(), "c: IP6 header check failed: tiny packet\n");
  }
  EXPECT_EQ(problem("CheckIP6Header(10.0.0.1)"), "  BADADDRS: '10.0.0.1' is not an IPv6 address\n");
}

TEST(MarkIP6Header, NotesWhatIsThere) {
  TestGraph graph("in :: Inject -> MarkIP6Header(1) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {Sample(Bytes(41)), Sample(Bytes(40)), "x"});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].network, 1);
  EXPECT_EQ(out[0].transport, 41);
  EXPECT_EQ(out[1].network, 1);
  EXPECT_FALSE(out[1].transport);
  EXPECT_FALSE(out[2].network);
}

TEST(DecIP6HLIM, CountsDownToOne) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> MarkIP6Header -> h :: DecIP6HLIM -> out :: Capture;"
        "h [1] -> over :: Capture",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {packet({.hop_limit = 2}), packet({.hop_limit = 1}), packet({.hop_limit = 0}),
                      "", packet({.hop_limit = 255})});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].bytes, packet({.hop_limit = 1}).bytes);
    EXPECT_EQ(out[1].bytes, packet({.hop_limit = 254}).bytes);
    EXPECT_EQ(graph.captured("over").size(), 3U);
    EXPECT_EQ(graph.read("h.drops"), "3");
  }
}

TEST(GetIP6Address, NotesAddresses) {
  TestGraph graph(
      "in :: Inject -> GetIP6Address(24) -> out :: Capture;"
      "in2 :: Inject -> s :: SetIP6Address(2001:db8::9) -> out2 :: Capture");
  ASSERT_EQ(graph.problems(), "");
  Sample noted = Sample(Bytes(39));
  noted.notes.destination = ip6("2001:db8::7");
  graph.send("in", {packet(), noted});
  EXPECT_EQ(graph.captured("out")[0].notes.destination, ip6("2001:db8:1::2"));
  EXPECT_EQ(graph.captured("out")[1].notes.destination, ip6("::"));
  graph.send("in2", {""});
  EXPECT_EQ(graph.captured("out2")[0].notes.destination, ip6("2001:db8::9"));
  EXPECT_EQ(graph.write("s.addr", "2001:db8::a"), "");
  EXPECT_EQ(graph.read("s.addr"), "2001:db8::a");
  EXPECT_EQ(problem("GetIP6Address"), "  required OFFSET argument missing\n");
}

TEST(IP6Print, SaysWhoSendsWhatToWhom) {
  TestGraph graph(
      "in :: Inject -> MarkIP6Header -> IP6Print(a) -> IP6Print(CONTENTS true, NBYTES 26)"
      "-> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {packet(), "xy"});
  EXPECT_EQ(graph.errors(),
            "a: 2001:db8::1 -> 2001:db8:1::2 plen 7, next 59, hlim 64\n"
            "2001:db8::1 -> 2001:db8:1::2 plen 7, next 59, hlim 64\n"
            "  60000000 00073b40 20010db8 00000000 00000000 00000001\n  2001\n"
            "a: no IPv6 header, length 2\n"
            "no IPv6 header, length 2\n"
            "  7879\n");
}

TEST(LookupIP6Route, RoutesByTheLongestPrefix) {
  TestGraph graph(
      "in :: Inject -> GetIP6Address(24)"
      "-> r :: LookupIP6Route(2001:db8::/32 ::0 0, 2001:db8:1::/ffff:ffff:ffff:: fe80::1 1,"
      "                       2001:db8:1::2 2, 2001:db8:1:0:8000::5/65 0);"
      "r [0,1,2] => [0,1,2] out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {packet({.to = "2001:db8:1::2"}), packet({.to = "2001:db8:1::3"}),
                    packet({.to = "2001:db8:2::"}), packet({.to = "2001:db9::"}),
                    packet({.to = "2001:db8:1:0:ffff::"})});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0].port, 0U);
  EXPECT_EQ(out[0].notes.destination, ip6("2001:db8:2::"));
  EXPECT_EQ(out[1].port, 0U);
  EXPECT_EQ(out[2].port, 1U);
  EXPECT_EQ(out[2].notes.destination, ip6("fe80::1"));
  EXPECT_EQ(out[3].port, 2U);
  EXPECT_EQ(graph.read("r.drops"), "1");
  EXPECT_EQ(graph.errors(), "r: no route for 2001:db9::\n");
  EXPECT_EQ(graph.read("r.table"),
            "2001:db8::/32\t\t-\t\t0\n2001:db8:1::/48\t\tfe80::1\t\t1\n"
            "2001:db8:1::2/128\t\t-\t\t2\n2001:db8:1:0:8000::/65\t\t-\t\t0\n");
}

TEST(LookupIP6Route, ChangesItsTable) {
  TestGraph graph("in :: Inject -> r :: LookupIP6Route(); r [0,1] => [0,1] out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const auto look_up = [&] { return graph.read("r.lookup", "2001:db8::1"); };
  EXPECT_EQ(look_up(), "-1");
  EXPECT_EQ(graph.write("r.add", "::/0 fe80::1 1"), "");
  EXPECT_EQ(look_up(), "1 fe80::1");
  EXPECT_EQ(graph.write("r.ctrl", "add 2001:db8::/32 0"), "");
  EXPECT_EQ(look_up(), "0");
  EXPECT_EQ(graph.write("r.add", "2001:db8::/32 1"),
            "error: conflict with existing route '2001:db8::/32 - 0'");
  EXPECT_EQ(graph.write("r.remove", "2001:db8::/32"), "");
  EXPECT_EQ(look_up(), "1 fe80::1");
  EXPECT_EQ(graph.write("r.add", "2001:db8::/129 0"), "error: expected DADDR/MASK [GW] OUTPUT");
  EXPECT_EQ(graph.write("r.remove", "10/8"), "error: expected DADDR/MASK [GW OUTPUT]");
  EXPECT_EQ(graph.read("r.lookup", "10.0.0.1"), "error: expected IPv6 address");
  EXPECT_EQ(problem("LookupIP6Route(2001:db8::/ffff:: )"),
            "  argument 1 should be DADDR/MASK [GW] OUTPUT\n");
  EXPECT_EQ(problem("LookupIP6Route(2001:db8::/ff:: 0)"),
            "  argument 1 should be DADDR/MASK [GW] OUTPUT\n");
  EXPECT_EQ(problem("LookupIP6Route(::/0 1)"), "  argument 1 bad OUTPUT\n");
}

constexpr std::string_view kError =
    "in :: Inject -> MarkIP6Header -> e :: ICMP6Error(2001:db8::ff, ";

net::Icmpv6View error_in(const Sample& sample, std::string_view to) {
  const auto ip = net::parse_ipv6(sample.bytes);
  EXPECT_TRUE(ip);
  EXPECT_EQ(ip->header->destination, ip6(to));
  EXPECT_EQ(sample.notes.destination, ip6(to));
  const auto icmp = net::parse_icmpv6(ip->payload);
  EXPECT_TRUE(icmp);
  EXPECT_TRUE(
      net::verify_checksum(*icmp, net::PseudoHeader(ip->header->source, ip->header->destination)));
  return *icmp;
}

TEST(ICMP6Error, QuotesThePacket) {
  TestGraph graph(base::cat(kError, "3, 0) -> out :: Capture"));
  ASSERT_EQ(graph.problems(), "");
  const Sample small = packet();
  const Sample large = packet({}, Bytes(3000, 'x'));
  graph.send("in", {small, large});
  const auto& out = graph.captured("out");
  ASSERT_EQ(out.size(), 2U);
  const net::Icmpv6View icmp = error_in(out[0], "2001:db8::1");
  EXPECT_EQ(icmp.header->type, net::Icmpv6Type::kTimeExceeded);
  EXPECT_EQ(Bytes(icmp.payload.begin(), icmp.payload.end()), small.bytes);
  EXPECT_EQ(out[1].bytes.size(), 1280U);
  EXPECT_TRUE(std::equal(out[1].bytes.begin() + 48, out[1].bytes.end(), large.bytes.begin()));
  error_in(out[1], "2001:db8::1");
}

TEST(ICMP6Error, TellsWhatItsTypeTells) {
  TestGraph big(base::cat(kError, "2, 0, MTU 1400) -> out :: Capture"));
  big.send("in", {packet({.to = "ff02::5"})});
  ASSERT_EQ(big.captured("out").size(), 1U);
  EXPECT_EQ(error_in(big.captured("out")[0], "2001:db8::1").header->mtu(), 1400U);

  TestGraph parameter(base::cat(kError, "4, 1) -> out :: Capture"));
  Sample pointed = packet();
  pointed.notes.icmp_pointer = 40;
  parameter.send("in", {pointed, packet({.to = "ff02::5"})});
  ASSERT_EQ(parameter.captured("out").size(), 1U);
  EXPECT_EQ(error_in(parameter.captured("out")[0], "2001:db8::1").header->word.host(), 40U);

  TestGraph option(base::cat(kError, "4, 2) -> out :: Capture"));
  option.send("in", {packet({.to = "ff02::5"})});
  EXPECT_EQ(option.captured("out").size(), 1U);
}

TEST(ICMP6Error, RedirectsToTheNotedHop) {
  TestGraph graph(
      "in :: Inject -> MarkIP6Header -> SetIP6Address(fe80::9) -> ICMP6Error(fe80::1, 137, 0)"
      "-> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const Sample redirected = packet({}, Bytes(3, 'x'));  // 43 bytes: 40 in whole eights
  graph.send("in", {redirected, packet({}, Bytes(3000, 'x'))});
  ASSERT_EQ(graph.captured("out").size(), 2U);
  const net::Icmpv6View icmp = error_in(graph.captured("out")[0], "2001:db8::1");
  const auto neighbor = net::parse_neighbor(icmp);
  ASSERT_TRUE(neighbor);
  EXPECT_EQ(*neighbor->target, ip6("fe80::9"));
  EXPECT_EQ(*neighbor->destination, ip6("2001:db8:1::2"));
  const auto option = net::NdOptionReader(neighbor->options).next();
  ASSERT_TRUE(option);
  EXPECT_EQ(option->type, net::NdOptionType::kRedirectedHeader);
  ASSERT_EQ(option->data.size(), 46U);
  EXPECT_TRUE(std::equal(option->data.begin() + 6, option->data.end(), redirected.bytes.begin()));
  EXPECT_EQ(graph.captured("out")[1].bytes.size(), 1280U);
}

TEST(ICMP6Error, DoesNotAnswerWhatMustNotBe) {
  TestGraph graph(base::cat(kError, "1, 0) -> out :: Capture"));
  ASSERT_EQ(graph.problems(), "");
  Sample broadcast = packet();
  broadcast.notes.kind = static_cast<std::uint8_t>(graph::PacketKind::kBroadcast);
  Bytes later(16);
  later[0] = static_cast<std::uint8_t>(IpProtocol::kIcmpv6);
  later[3] = 8;
  graph.send(
      "in", {icmp6({}, net::Icmpv6Type::kTimeExceeded), icmp6({}, net::Icmpv6Type::kRedirect),
             packet({.to = "ff02::1"}), packet({.from = "::"}), packet({.from = "ff02::1"}),
             broadcast, "", Sample(Bytes(60)), packet({.protocol = IpProtocol::kFragment}, later)});
  EXPECT_EQ(graph.captured("out").size(), 0U);
  EXPECT_EQ(graph.read("e.drops"), "9");
  graph.send("in", {icmp6({}, net::Icmpv6Type::kEchoRequest)});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(problem("ICMP6Error(2001:db8::1, 128, 0)"),
            "  ICMP6 type 128 is not an error or redirect type\n");
  EXPECT_EQ(problem("ICMP6Error(::, 1, 0)"), "  SRC: not the address of a host\n");
}

}  // namespace
}  // namespace superfluid::elements
