// SPDX-License-Identifier: Apache-2.0
#include "net/conntrack.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <vector>

#include "base/rng.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/udp.h"

namespace superfluid::net {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = PacketFacts::Kind;
using base::seconds;

constexpr Ipv4Address kInside{{10, 0, 0, 1}};
constexpr Ipv4Address kOutside{{203, 0, 113, 1}};
constexpr base::Instant kStart{seconds(1000)};

Bytes ipv4(Ipv4Address from, Ipv4Address to, IpProtocol protocol, base::ByteView payload,
           bool more_fragments = false) {
  Bytes bytes(20 + payload.size());
  base::Writer writer(bytes);
  write_ipv4(
      writer,
      {.more_fragments = more_fragments, .protocol = protocol, .source = from, .destination = to},
      payload.size());
  writer.bytes(payload);
  return bytes;
}

Bytes udp(Ipv4Address from, std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port) {
  Bytes datagram(12);
  base::Writer writer(datagram);
  write_udp(writer, {.source_port = from_port, .destination_port = to_port}, PseudoHeader(from, to),
            base::bytes_of("data"));
  return ipv4(from, to, IpProtocol::kUdp, datagram);
}

Bytes tcp(Ipv4Address from, Ipv4Address to, const TcpFields& fields) {
  Bytes bytes(80);
  base::Writer writer(bytes);
  write_tcp(writer, fields, PseudoHeader(from, to), {});
  return ipv4(from, to, IpProtocol::kTcp, writer.written());
}

Bytes icmp(Ipv4Address from, Ipv4Address to, IcmpType type, base::ByteView payload = {}) {
  Bytes bytes(8 + payload.size());
  base::Writer writer(bytes);
  write_icmp(writer, {.type = type, .words = {7, 1}}, payload);
  return ipv4(from, to, IpProtocol::kIcmpv4, bytes);
}

struct Tracker {
  explicit Tracker(std::uint32_t connections_max = 100, bool two_sided = false)
      : conntrack({.connections_max = connections_max, .two_sided = two_sided}) {}

  std::vector<Tracked> track(const std::vector<Bytes>& packets, bool policy = true) {
    std::vector<PacketFacts> facts;
    for (const Bytes& packet : packets) {
      facts.push_back(facts_of(packet));
      facts.back().side = side;
    }
    std::vector<Tracked> verdicts(packets.size());
    conntrack.track(facts, now, verdicts.data(), [&](std::size_t) {
      ++asked;
      return policy;
    });
    return verdicts;
  }
  Tracked track(const Bytes& packet, bool policy = true) {
    return track(std::vector<Bytes>{packet}, policy)[0];
  }

  Conntrack conntrack;
  base::Instant now = kStart;
  int asked = 0;
  std::uint8_t side = 0;
};

TEST(Conntrack, UdpIsAnsweredAndForgotten) {
  Tracker tracker;
  const Bytes request = udp(kInside, 1024, kOutside, 53);
  const Bytes reply = udp(kOutside, 53, kInside, 1024);
  EXPECT_EQ(tracker.track(reply, false), Tracked::kDenied);
  EXPECT_EQ(tracker.conntrack.size(), 0U);
  EXPECT_EQ(tracker.track(request), Tracked::kBegan);
  EXPECT_EQ(tracker.track(request, false), Tracked::kKnown);
  tracker.now = tracker.now + seconds(29);
  EXPECT_EQ(tracker.track(reply, false), Tracked::kKnown);
  tracker.now = tracker.now + seconds(119);
  EXPECT_EQ(tracker.track(request, false), Tracked::kKnown);
  tracker.now = tracker.now + seconds(120);
  EXPECT_EQ(tracker.track(reply, false), Tracked::kDenied);
  EXPECT_EQ(tracker.conntrack.counts().expired, 1U);
}

TEST(Conntrack, APacketMayBelongToWhatBeganInItsBatch) {
  Tracker tracker;
  const Bytes request = udp(kInside, 1024, kOutside, 53);
  const Bytes reply = udp(kOutside, 53, kInside, 1024);
  const std::vector<Tracked> expected{Tracked::kBegan, Tracked::kKnown, Tracked::kKnown};
  EXPECT_EQ(tracker.track({request, request, reply}), expected);
  EXPECT_EQ(tracker.asked, 1);
}

TEST(Conntrack, TcpBeginsWithASyn) {
  Tracker tracker;
  const TcpFields from_inside{.source_port = 1024,
                              .destination_port = 80,
                              .sequence = 99,
                              .flags = kTcpSyn,
                              .window = 1000};
  EXPECT_EQ(tracker.track(tcp(kInside, kOutside,
                              {.source_port = 1024, .destination_port = 80, .flags = kTcpAck})),
            Tracked::kNoConnection);
  EXPECT_EQ(
      tracker.track(tcp(kInside, kOutside,
                        {.source_port = 1024, .destination_port = 80, .flags = kTcpSyn | kTcpFin})),
      Tracked::kBadFlags);
  EXPECT_EQ(tracker.asked, 0);
  EXPECT_EQ(tracker.track(tcp(kInside, kOutside, from_inside)), Tracked::kBegan);
  const TcpFields answer{.source_port = 80,
                         .destination_port = 1024,
                         .sequence = 499,
                         .acknowledgment = 100,
                         .flags = kTcpSyn | kTcpAck,
                         .window = 1000};
  EXPECT_EQ(tracker.track(tcp(kOutside, kInside, answer), false), Tracked::kKnown);
  TcpFields blind = answer;
  blind.flags = kTcpRst;
  blind.sequence = 99999;
  EXPECT_EQ(tracker.track(tcp(kOutside, kInside, blind), false), Tracked::kOutOfWindow);
  TcpFields closes = answer;
  closes.flags = kTcpRst;
  closes.sequence = 500;
  EXPECT_EQ(tracker.track(tcp(kOutside, kInside, closes), false), Tracked::kKnown);
  // It is over: the next SYN, from whomever, asks the policy.
  EXPECT_EQ(tracker.track(tcp(kInside, kOutside, from_inside), false), Tracked::kDenied);
  TcpFields from_outside = answer;
  from_outside.flags = kTcpSyn;
  EXPECT_EQ(tracker.track(tcp(kOutside, kInside, from_outside)), Tracked::kBegan);
  EXPECT_EQ(tracker.conntrack.size(), 1U);
  int seen = 0;
  tracker.conntrack.for_each(
      [&](const FlowKey& key, const Conntrack::Connection& connection, base::Instant expires) {
        ++seen;
        EXPECT_EQ(key.source_port.host(), 80);
        EXPECT_EQ(connection.tcp.state(), TcpState::kSynSent);
        EXPECT_EQ(expires, kStart + seconds(60));
      });
  EXPECT_EQ(seen, 1);
}

TEST(Conntrack, EchoesAreAskedForFromOneSide) {
  Tracker tracker;
  EXPECT_EQ(tracker.track(icmp(kOutside, kInside, IcmpType::kEchoReply)), Tracked::kNoConnection);
  EXPECT_EQ(tracker.track(icmp(kInside, kOutside, IcmpType::kEchoRequest)), Tracked::kBegan);
  EXPECT_EQ(tracker.track(icmp(kOutside, kInside, IcmpType::kEchoReply)), Tracked::kKnown);
  EXPECT_EQ(tracker.track(icmp(kOutside, kInside, IcmpType::kEchoRequest)), Tracked::kOutOfState);
  EXPECT_EQ(tracker.track(icmp(kInside, kOutside, IcmpType::kEchoReply)), Tracked::kOutOfState);
  // Timestamps and the like begin nothing: the policy decides each time.
  EXPECT_EQ(tracker.track(icmp(kInside, kOutside, IcmpType{13})), Tracked::kUntracked);
  EXPECT_EQ(tracker.track(icmp(kOutside, kInside, IcmpType{14}), false), Tracked::kDenied);
  EXPECT_EQ(tracker.conntrack.size(), 1U);
}

TEST(Conntrack, ErrorsMustQuoteWhatWasSent) {
  Tracker tracker;
  const Ipv4Address router{{192, 0, 2, 1}};
  const Bytes request = udp(kInside, 1024, kOutside, 53);
  const Bytes about_it = icmp(router, kInside, IcmpType::kTimeExceeded, request);
  EXPECT_EQ(tracker.track(about_it), Tracked::kUnrelated);
  tracker.track(request);
  EXPECT_EQ(tracker.track(about_it, false), Tracked::kRelated);
  // To somebody else, about nothing whole, a redirect.
  EXPECT_EQ(tracker.track(icmp(router, kOutside, IcmpType::kTimeExceeded, request)),
            Tracked::kMalformed);
  EXPECT_EQ(tracker.track(
                icmp(router, kInside, IcmpType::kTimeExceeded, base::ByteView(request).first(27))),
            Tracked::kMalformed);
  EXPECT_EQ(tracker.track(icmp(router, kInside, IcmpType::kRedirect, request)),
            Tracked::kUnrelated);
  EXPECT_EQ(tracker.asked, 1);

  TcpFields syn{.source_port = 1, .destination_port = 2, .sequence = 99, .flags = kTcpSyn};
  tracker.track(tcp(kInside, kOutside, syn));
  const auto about = [&](const TcpFields& quoted) {
    return tracker.track(icmp(router, kInside, IcmpType::kDestinationUnreachable,
                              base::ByteView(tcp(kInside, kOutside, quoted)).first(28)));
  };
  EXPECT_EQ(about(syn), Tracked::kRelated);
  syn.sequence = 5000;
  EXPECT_EQ(about(syn), Tracked::kUnrelated);
}

TEST(Conntrack, AnAddressAloneProvesNothing) {
  Tracker tracker(100, true);
  const Bytes request = udp(kInside, 1024, kOutside, 53);
  const Bytes reply = udp(kOutside, 53, kInside, 1024);
  const Bytes about_it = icmp(kOutside, kInside, IcmpType::kDestinationUnreachable, request);
  const Bytes about_reply = icmp(kInside, kOutside, IcmpType::kDestinationUnreachable, reply);
  EXPECT_EQ(tracker.track(request), Tracked::kBegan);
  EXPECT_EQ(tracker.track(reply), Tracked::kWrongSide);
  EXPECT_EQ(tracker.track(about_it), Tracked::kWrongSide);
  EXPECT_EQ(tracker.track(about_reply), Tracked::kRelated);
  tracker.side = 1;
  EXPECT_EQ(tracker.track(request), Tracked::kWrongSide);
  EXPECT_EQ(tracker.track(about_reply), Tracked::kWrongSide);
  EXPECT_EQ(tracker.track(reply), Tracked::kKnown);
  EXPECT_EQ(tracker.track(about_it), Tracked::kRelated);
}

TEST(Conntrack, FragmentsAndBrokenPacketsDoNotPass) {
  Tracker tracker;
  EXPECT_EQ(tracker.track(ipv4(kInside, kOutside, IpProtocol::kUdp, Bytes(8), true)),
            Tracked::kFragment);
  EXPECT_EQ(tracker.track(Bytes{}), Tracked::kMalformed);
  EXPECT_EQ(tracker.track(ipv4(kInside, kOutside, IpProtocol::kTcp, Bytes(19))),
            Tracked::kMalformed);
  EXPECT_EQ(tracker.track(ipv4(kInside, kOutside, IpProtocol::kUdp, Bytes(7))),
            Tracked::kMalformed);
  EXPECT_EQ(tracker.track(ipv4(kInside, kOutside, IpProtocol::kIcmpv4, Bytes(7))),
            Tracked::kMalformed);
  EXPECT_EQ(tracker.asked, 0);
  EXPECT_EQ(tracker.track(ipv4(kInside, kOutside, IpProtocol{47}, {})), Tracked::kBegan);
}

TEST(Conntrack, TracksIpv6) {
  const Ipv6Address a = *parse_ipv6_address("2001:db8::1");
  const Ipv6Address b = *parse_ipv6_address("2001:db8::2");
  const auto echo = [](const Ipv6Address& from, const Ipv6Address& to, Icmpv6Type type) {
    Bytes bytes(48);
    base::Writer writer(bytes);
    write_ipv6(writer, {.next_header = IpProtocol::kIcmpv6, .source = from, .destination = to}, 8);
    write_icmpv6(writer, {.type = type, .word = echo_word(5, 1)}, PseudoHeader(from, to), {});
    return bytes;
  };
  Tracker tracker;
  EXPECT_EQ(tracker.track(echo(b, a, Icmpv6Type::kEchoReply)), Tracked::kNoConnection);
  EXPECT_EQ(tracker.track(echo(a, b, Icmpv6Type::kEchoRequest)), Tracked::kBegan);
  EXPECT_EQ(tracker.track(echo(b, a, Icmpv6Type::kEchoReply)), Tracked::kKnown);
  EXPECT_EQ(tracker.track(echo(b, a, Icmpv6Type::kRouterSolicitation), false), Tracked::kDenied);
}

TEST(Conntrack, AFullTableLetsTheUnansweredGo) {
  Tracker tracker(8);
  const Bytes request = udp(kInside, 1, kOutside, 53);
  tracker.track({request, udp(kOutside, 53, kInside, 1)});
  for (std::uint16_t port = 100; port < 200; ++port) {
    EXPECT_EQ(tracker.track(udp(kOutside, port, kInside, 7)), Tracked::kBegan);
    EXPECT_LE(tracker.conntrack.size(), 8U);
  }
  EXPECT_EQ(tracker.conntrack.counts().evicted, 93U);
  EXPECT_EQ(tracker.track(request, false), Tracked::kKnown);
  EXPECT_EQ(Tracker(0).track(request), Tracked::kTableFull);
}

TEST(Conntrack, TakesOverWhatIsStillValid) {
  Tracker old;
  old.track(udp(kInside, 1, kOutside, 53));
  old.now = old.now + seconds(20);
  old.track(udp(kInside, 2, kOutside, 53));
  Tracker tracker;
  tracker.now = old.now + seconds(15);
  tracker.conntrack.take_over(old.conntrack, tracker.now);
  EXPECT_EQ(tracker.conntrack.size(), 1U);
  EXPECT_EQ(tracker.track(udp(kOutside, 53, kInside, 2), false), Tracked::kKnown);
}

TEST(Conntrack, AgreesWithAListOfConversations) {
  rc::check("of UDP", [](std::uint64_t seed) {
    base::Rng rng(seed);
    Tracker tracker(1000);
    struct Talk {
      bool answered;
      base::Instant expires;
    };
    using End = std::pair<std::uint32_t, std::uint16_t>;
    std::map<std::pair<End, End>, Talk> model;  // initiator first
    const auto end = [&] {
      return End{0x0a000000 + rng.below(3), static_cast<std::uint16_t>(1 + rng.below(3))};
    };
    for (int step = 0; step < 300; ++step) {
      tracker.now = tracker.now + seconds(rng.below(20));
      std::erase_if(model, [&](const auto& each) { return each.second.expires <= tracker.now; });
      std::vector<Bytes> packets;
      std::vector<Tracked> expected;
      const bool policy = rng.below(2) == 0;
      for (std::uint32_t i = 0; i <= rng.below(5); ++i) {
        const End from = end();
        const End to = end();
        packets.push_back(udp(Ipv4Address::from_host(from.first), from.second,
                              Ipv4Address::from_host(to.first), to.second));
        const auto forward = model.find({from, to});
        const auto backward = model.find({to, from});
        if (forward != model.end()) {
          expected.push_back(Tracked::kKnown);
          forward->second.expires = tracker.now + seconds(forward->second.answered ? 120 : 30);
        } else if (backward != model.end()) {
          expected.push_back(Tracked::kKnown);
          backward->second = {true, tracker.now + seconds(120)};
        } else if (policy) {
          expected.push_back(Tracked::kBegan);
          model[{from, to}] = {false, tracker.now + seconds(30)};
        } else {
          expected.push_back(Tracked::kDenied);
        }
      }
      RC_ASSERT(tracker.track(packets, policy) == expected);
    }
    tracker.conntrack.reap(tracker.now, 10'000);
    RC_ASSERT(tracker.conntrack.size() == model.size());
  });
}

}  // namespace
}  // namespace superfluid::net
