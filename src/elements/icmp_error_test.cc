// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/ip_header.h"
#include "elements/testing.h"
#include "net/checksum.h"
#include "net/icmp.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

constexpr net::Ipv4Address kSender{{192, 0, 2, 9}};
constexpr net::Ipv4Address kReceiver{{10, 0, 0, 8}};

struct Cause {
  net::Ipv4Fields fields{
      .protocol = net::IpProtocol::kUdp, .source = kSender, .destination = kReceiver};
  std::vector<std::uint8_t> options;
  std::vector<std::uint8_t> payload = std::vector<std::uint8_t>(20, 'p');
};

Sample packet(Cause cause = {}) {
  std::vector<std::uint8_t> bytes(60 + cause.payload.size());
  base::Writer writer(bytes);
  cause.fields.options = cause.options;
  net::write_ipv4(writer, cause.fields, cause.payload.size());
  writer.bytes(cause.payload);
  bytes.resize(writer.position());
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

Sample changed(net::Ipv4Fields fields) {
  Cause cause;
  cause.fields = fields;
  return packet(cause);
}

// What comes of one packet; nothing when it got no answer.
std::optional<Sample> answer(std::string_view arguments, const Sample& cause, bool shared = false) {
  TestGraph graph(base::cat("in :: Inject -> ICMPError(", arguments, ") -> out :: Capture"),
                  {.shared = shared});
  EXPECT_EQ(graph.problems(), "");
  graph.send("in", {cause});
  EXPECT_EQ(graph.held(), 0U);
  const auto& out = graph.captured("out");
  return out.empty() ? std::nullopt : std::optional(out[0]);
}

struct Answer {
  net::Ipv4View ip;
  net::IcmpView icmp;
};

Answer parsed(const Sample& sample) {
  const auto ip = net::parse_ipv4(sample.bytes);
  EXPECT_TRUE(ip && net::verify_checksum(*ip));
  const auto icmp = net::parse_icmp(ip->payload);
  EXPECT_TRUE(icmp && net::verify_checksum(*icmp));
  return {*ip, *icmp};
}

TEST(ICMPError, QuotesThePacketAndNotesWhereItGoes) {
  for (const bool shared : {false, true}) {
    Sample cause = packet();
    cause.bytes.resize(64, 'x');  // padding is not quoted
    const auto error = answer("10.0.0.1, timeexceeded, reassembly", cause, shared);
    ASSERT_TRUE(error);
    const Answer read = parsed(*error);
    EXPECT_EQ(read.ip.header->source, (net::Ipv4Address{{10, 0, 0, 1}}));
    EXPECT_EQ(read.ip.header->destination, kSender);
    EXPECT_EQ(read.ip.header->ttl, 200);
    EXPECT_EQ(read.icmp.header->type, net::IcmpType::kTimeExceeded);
    EXPECT_EQ(read.icmp.header->code, 1);
    EXPECT_EQ(base::text_of(read.icmp.payload), packet().text());
    EXPECT_EQ(error->network, 0);
    EXPECT_EQ(error->transport, 20);
    EXPECT_TRUE(error->notes.fix_ip_source);
    EXPECT_EQ(error->notes.timestamp, base::seconds(1'000'000'000));
    EXPECT_EQ(error->notes.destination.bytes[3], 9);
  }
  EXPECT_FALSE(answer("10.0.0.1, 11, SET_FIX_ANNO false", packet())->notes.fix_ip_source);
}

TEST(ICMPError, FillsInWhatEachTypeSays) {
  Sample cause = packet();
  cause.notes.icmp_pointer = 23;
  set_ipv4_destination(cause.notes, {{10, 0, 0, 254}});
  Answer read = parsed(*answer("10.0.0.1, parameterproblem", cause));
  EXPECT_EQ(read.icmp.header->words[0].host(), 23 << 8);
  const auto redirect = answer("10.0.0.1, redirect, host", cause);
  EXPECT_EQ(parsed(*redirect).icmp.header->words[0].host(), 0x0a00);
  EXPECT_EQ(parsed(*redirect).icmp.header->words[1].host(), 254);
  const auto needfrag = answer("10.0.0.1, unreachable, needfrag, PMTU 1400", cause);
  EXPECT_EQ(parsed(*needfrag).icmp.header->next_hop_mtu(), 1400);
  EXPECT_EQ(parsed(*needfrag).icmp.header->code, 4);
}

TEST(ICMPError, IsNoLongerThanItsMtu) {
  Cause cause;
  cause.payload.resize(1400);
  EXPECT_EQ(answer("10.0.0.1, 3", packet(cause))->bytes.size(), 576U);
  EXPECT_EQ(answer("10.0.0.1, 3, MTU 128", packet(cause))->bytes.size(), 128U);
  cause.options.assign(40, 1);
  EXPECT_EQ(answer("10.0.0.1, 3, MTU 65535", packet(cause))->bytes.size(), 1460U + 28);
}

TEST(ICMPError, GoesBackByTheSourceRoute) {
  Cause cause;
  cause.options = {137, 19, 12, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4};
  const auto error = answer("10.0.0.1, timeexceeded", packet(cause));
  ASSERT_TRUE(error);
  EXPECT_EQ(base::text_of(parsed(*error).ip.options),
            std::string_view("\x89\x0b\x04\x02\x02\x02\x02\x01\x01\x01\x01\0", 12));
  EXPECT_FALSE(answer("10.0.0.1, redirect, host", packet(cause)));

  Sample wrong_route = packet(cause);
  wrong_route.notes.icmp_pointer = 22;
  EXPECT_TRUE(parsed(*answer("10.0.0.1, parameterproblem", wrong_route)).ip.options.empty());
  wrong_route.notes.icmp_pointer = 40;
  EXPECT_FALSE(parsed(*answer("10.0.0.1, parameterproblem", wrong_route)).ip.options.empty());

  for (const auto& [at, value] : {std::pair{2, 5}, {2, 0}, {2, 24}, {1, 60}, {1, 1}}) {
    Cause bad = cause;
    bad.options[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
    const auto plain = answer("10.0.0.1, timeexceeded", packet(bad));
    ASSERT_TRUE(plain);
    EXPECT_TRUE(parsed(*plain).ip.options.empty());
  }
}

TEST(ICMPError, DoesNotAnswerWhatRfc1812Forbids) {
  const net::Ipv4Fields sound = Cause().fields;
  const auto from = [&](net::Ipv4Address source) {
    net::Ipv4Fields fields = sound;
    fields.source = source;
    return changed(fields);
  };
  const auto to = [&](net::Ipv4Address destination) {
    net::Ipv4Fields fields = sound;
    fields.destination = destination;
    return changed(fields);
  };
  std::vector<Sample> unanswered = {
      from({{0, 0, 0, 1}}),       from({{127, 0, 0, 1}}),  from({{240, 0, 0, 1}}),
      from({{224, 0, 0, 1}}),     from({{10, 0, 0, 255}}), from({{255, 255, 255, 255}}),
      to({{255, 255, 255, 255}}), to({{239, 0, 0, 1}}),    to({{10, 0, 0, 255}}),
  };
  net::Ipv4Fields later = sound;
  later.fragment_offset = 8;
  unanswered.push_back(changed(later));
  for (const int type : {3, 4, 5, 11, 12}) {
    Cause icmp;
    icmp.fields.protocol = net::IpProtocol::kIcmpv4;
    icmp.payload[0] = static_cast<std::uint8_t>(type);
    unanswered.push_back(packet(icmp));
  }
  Cause empty_icmp;
  empty_icmp.fields.protocol = net::IpProtocol::kIcmpv4;
  empty_icmp.payload.clear();
  unanswered.push_back(packet(empty_icmp));
  for (const auto kind : {graph::PacketKind::kBroadcast, graph::PacketKind::kMulticast}) {
    unanswered.push_back(packet());
    unanswered.back().notes.kind = static_cast<std::uint8_t>(kind);
  }
  unanswered.push_back(packet());
  unanswered.back().network = std::nullopt;
  unanswered.push_back(packet());
  unanswered.back().bytes[0] = 0x4f;
  unanswered.back().bytes.resize(30);
  unanswered.push_back("");

  TestGraph graph("in :: Inject -> e :: ICMPError(10.0.0.1, 3, 1, 10.0.0.255) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", unanswered);
  EXPECT_EQ(graph.captured("out").size(), 0U);
  EXPECT_EQ(graph.read("e.drops"), base::cat(unanswered.size()));

  Cause echo;
  echo.fields.protocol = net::IpProtocol::kIcmpv4;
  echo.fields.more_fragments = true;
  echo.payload[0] = 8;
  graph.send("in", {packet(echo), packet()});
  EXPECT_EQ(graph.captured("out").size(), 2U);
}

TEST(ICMPError, HasSettings) {
  TestGraph graph("in :: Inject -> e :: ICMPError(10.0.0.1, 3, 4) -> out :: Capture");
  EXPECT_EQ(graph.write("e.src", "10.0.0.7"), "");
  EXPECT_EQ(graph.write("e.pmtu", "1300"), "");
  EXPECT_EQ(graph.write("e.mtu", "200"), "");
  EXPECT_EQ(graph.write("e.mtu", "20"), "error: MTU must be between 128 and 65535");
  EXPECT_EQ(graph.read("e.src") + " " + graph.read("e.mtu") + " " + graph.read("e.pmtu"),
            "10.0.0.7 200 1300");
}

TEST(ICMPError, RefusesWrongArguments) {
  const auto problem = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> e :: ICMPError(", arguments, ") -> Discard")).problems();
  };
  const std::string where = "t:1:9: While configuring 'e :: ICMPError':\n  ";
  EXPECT_EQ(problem("10.0.0.1, echo"), where + "ICMP type 8 is not an error type\n");
  EXPECT_EQ(problem("10.0.0.1, 256"), where + "ICMP type must be between 0 and 255\n");
  EXPECT_EQ(problem("10.0.0.1, what"), where + "TYPE: 'what' is not an ICMP type\n");
  EXPECT_EQ(problem("10.0.0.1, 3, transit"),
            where + "argument 2 takes ICMP code (integer between 0 and 255)\n");
  EXPECT_EQ(problem("10.0.0.1, 3, MTU 127"), where + "MTU must be between 128 and 65535\n");
}

}  // namespace
}  // namespace superfluid::elements
