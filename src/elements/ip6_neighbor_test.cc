// SPDX-License-Identifier: Apache-2.0
// Neighbour discovery: its frames, and the elements that ask and answer.
#include "elements/ip6_neighbor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using net::Icmpv6Type;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using Bytes = std::vector<std::uint8_t>;

constexpr net::MacAddress kAsker{{2, 0, 0, 0, 0, 1}};
constexpr net::MacAddress kOwner{{2, 0, 0, 0, 0, 2}};

net::Ipv6Address ip6(std::string_view text) { return *net::parse_ipv6_address(text); }

Sample sample(const NeighborFrame& frame) { return Sample(Bytes(frame.begin(), frame.end())); }

Sample asking(std::string_view target, std::string_view from = "2001:db8::1") {
  return sample(neighbor_solicitation(kAsker, ip6(from), ip6(target)));
}

// Writes an ICMPv6 message of `body` with the headers of a solicitation.
Sample message(std::string_view from, std::string_view to, Icmpv6Type type, base::ByteView body,
               std::uint8_t hop_limit = 255, std::uint8_t code = 0) {
  Bytes bytes(200);
  base::Writer writer(bytes);
  net::write_ethernet(
      writer, {.destination = kOwner, .source = kAsker, .ethertype = net::EtherType::kIpv6});
  net::write_ipv6(writer,
                  {.next_header = net::IpProtocol::kIcmpv6,
                   .hop_limit = hop_limit,
                   .source = ip6(from),
                   .destination = ip6(to)},
                  8 + body.size());
  net::write_icmpv6(writer, {.type = type, .code = code}, net::PseudoHeader(ip6(from), ip6(to)),
                    body);
  bytes.resize(writer.position());
  return Sample(std::move(bytes));
}

Bytes body(std::string_view target, const Bytes& options = {}) {
  const net::Ipv6Address address = ip6(target);
  Bytes bytes(address.bytes.size() + options.size());
  std::ranges::copy(options, std::ranges::copy(address.bytes, bytes.begin()).out);
  return bytes;
}

bool valid(const Sample& frame, Icmpv6Type type = Icmpv6Type::kNeighborSolicitation) {
  return read_neighbor(frame.bytes, type).has_value();
}

TEST(NeighborMessage, ReadsWhatIsWritten) {
  const Sample frame = asking("2001:db8::1:203");
  const auto read = read_neighbor(frame.bytes, Icmpv6Type::kNeighborSolicitation);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->target, ip6("2001:db8::1:203"));
  EXPECT_EQ(read->link, kAsker);
  EXPECT_EQ(read->ip->destination, ip6("ff02::1:ff01:203"));
  EXPECT_EQ(read->ethernet->destination, (net::MacAddress{{0x33, 0x33, 0xff, 1, 2, 3}}));
  EXPECT_FALSE(valid(frame, Icmpv6Type::kNeighborAdvertisement));
}

TEST(NeighborMessage, RefusesWhatTheStandardRefuses) {
  const Icmpv6Type ask = Icmpv6Type::kNeighborSolicitation;
  const Bytes link{1, 1, 2, 0, 0, 0, 0, 1};
  EXPECT_TRUE(valid(message("2001:db8::1", "2001:db8::2", ask, body("2001:db8::2"))));
  EXPECT_FALSE(valid(message("2001:db8::1", "2001:db8::2", ask, body("2001:db8::2"), 254)));
  EXPECT_FALSE(valid(message("2001:db8::1", "2001:db8::2", ask, body("2001:db8::2"), 255, 1)));
  EXPECT_FALSE(valid(message("2001:db8::1", "2001:db8::2", ask, body("ff02::2"))));
  EXPECT_FALSE(valid(message("2001:db8::1", "2001:db8::2", ask, Bytes(15))));
  EXPECT_FALSE(valid(message("2001:db8::1", "2001:db8::2", ask, body("2001:db8::2", {1, 0}))));
  Sample damaged = asking("2001:db8::2");
  damaged.bytes.back() ^= 1;
  EXPECT_FALSE(valid(damaged));
  // From nobody yet: to the group, and without a link address.
  EXPECT_TRUE(valid(message("::", "ff02::1:ff00:2", ask, body("2001:db8::2"))));
  EXPECT_FALSE(valid(message("::", "2001:db8::2", ask, body("2001:db8::2"))));
  EXPECT_FALSE(valid(message("::", "ff02::1:ff00:2", ask, body("2001:db8::2", link))));
  for (std::size_t length = 0; length < kNeighborFrameBytes; ++length) {
    Sample cut = asking("2001:db8::2");
    cut.bytes.resize(length);
    EXPECT_FALSE(valid(cut)) << length;
  }
}

TEST(NeighborMessage, AnAnswerToAllAnswersNobody) {
  const NeighborAddresses to_all{kOwner, kAsker, ip6("2001:db8::2"), ip6("ff02::1")};
  const auto answer = [&](bool solicited) {
    return sample(neighbor_advertisement(
        to_all, {.target = to_all.from, .target_link = kOwner, .solicited = solicited}));
  };
  EXPECT_FALSE(valid(answer(true), Icmpv6Type::kNeighborAdvertisement));
  EXPECT_TRUE(valid(answer(false), Icmpv6Type::kNeighborAdvertisement));
}

TEST(IP6NDAdvertiser, AnswersForItsAddresses) {
  for (const bool shared : {false, true}) {
    TestGraph graph(
        "in :: Inject -> a :: IP6NDAdvertiser(2001:db8::/64 02:00:00:00:00:09,"
        " fe80::2 2001:db8::2 02:00:00:00:00:02) -> out :: Capture",
        TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send(
        "in",
        {asking("2001:db8::2"), asking("2001:db8::77"), asking("2001:db8:9::2"),
         message("::", "ff02::1:ff00:2", Icmpv6Type::kNeighborSolicitation, body("fe80::2")), ""});
    const auto& out = graph.captured("out");
    ASSERT_EQ(out.size(), 3U);
    const auto own = read_neighbor(out[0].bytes, Icmpv6Type::kNeighborAdvertisement);
    ASSERT_TRUE(own);
    EXPECT_EQ(own->target, ip6("2001:db8::2"));
    EXPECT_EQ(own->link, kOwner);
    EXPECT_EQ(own->ip->source, ip6("2001:db8::2"));
    EXPECT_EQ(own->ip->destination, ip6("2001:db8::1"));
    EXPECT_EQ(own->ethernet->destination, kAsker);
    EXPECT_TRUE(own->icmp->is_solicited());
    EXPECT_TRUE(own->icmp->is_override());
    const auto proxied = read_neighbor(out[1].bytes, Icmpv6Type::kNeighborAdvertisement);
    ASSERT_TRUE(proxied);
    EXPECT_EQ(proxied->link->bytes[5], 9);
    EXPECT_FALSE(proxied->icmp->is_override());
    const auto to_all = read_neighbor(out[2].bytes, Icmpv6Type::kNeighborAdvertisement);
    ASSERT_TRUE(to_all);
    EXPECT_EQ(to_all->ip->destination, ip6("ff02::1"));
    EXPECT_EQ(to_all->ethernet->destination, (net::MacAddress{{0x33, 0x33, 0, 0, 0, 1}}));
    EXPECT_FALSE(to_all->icmp->is_solicited());
    EXPECT_EQ(graph.read("a.drops"), "2");
  }
}

TEST(IP6NDAdvertiser, SaysWhatIsWrong) {
  const auto problem = [](std::string_view arguments) {
    const std::string text =
        TestGraph(base::cat("Idle -> IP6NDAdvertiser(", arguments, ") -> Idle")).problems();
    return text.substr(text.find('\n') + 1);
  };
  EXPECT_EQ(problem("10.0.0.1 02:00:00:00:00:01"), "  argument 0 should be `IP6/MASK ETHADDR'\n");
  EXPECT_EQ(problem("02:00:00:00:00:01"), "  argument 0 had no IP6 address and masks\n");
  EXPECT_EQ(problem("2001:db8::1 02:00:00:00:00:01, 2001:db8::2"),
            "  argument 1 had no Ethernet address\n");
  EXPECT_EQ(problem("2001:db8::1 02:00:00:00:00:01 02:00:00:00:00:02"),
            "  argument 0 has more than one Ethernet address\n");
}

}  // namespace
}  // namespace superfluid::elements
