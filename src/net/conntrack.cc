// SPDX-License-Identifier: Apache-2.0
#include "net/conntrack.h"

#include <cstring>

#include "net/icmp.h"
#include "net/icmpv6.h"

namespace superfluid::net {
namespace {

using Kind = PacketFacts::Kind;

// An IP packet of either version as far as tracking looks.
struct Datagram {
  FlowKey key;  // without ports
  base::ByteView payload;
  FragmentPlace place = FragmentPlace::kWhole;
};

std::optional<Datagram> read_datagram(base::ByteView bytes, Extent extent) {
  if (!bytes.empty() && bytes[0] >> 4 == 6) {
    const auto ip = parse_ipv6(bytes, extent);
    const auto upper = ip ? skip_extensions(*ip) : std::unexpected(ip.error());
    if (!upper) {
      return std::nullopt;
    }
    return Datagram{FlowKey::of(ip->header->source, ip->header->destination, upper->protocol),
                    upper->payload, upper->fragment_place};
  }
  const auto ip = parse_ipv4(bytes, extent);
  if (!ip) {
    return std::nullopt;
  }
  return Datagram{FlowKey::of(ip->header->source, ip->header->destination, ip->header->protocol),
                  ip->payload, ip->header->fragment_place()};
}

bool is_icmp(const FlowKey& key) {
  return key.protocol == (key.version == 4 ? IpProtocol::kIcmpv4 : IpProtocol::kIcmpv6);
}

void set_identifier(FlowKey& key, std::uint16_t identifier) {
  key.source_port = key.destination_port = base::be16(identifier);
}

Kind kind_of(const IcmpHeader& icmp) {
  switch (icmp.type) {
    case IcmpType::kEchoRequest: return Kind::kEchoRequest;
    case IcmpType::kEchoReply: return Kind::kEchoReply;
    case IcmpType::kRedirect: return Kind::kRedirect;
    default: return icmp.is_error() ? Kind::kError : Kind::kUntracked;
  }
}

Kind kind_of(const Icmpv6Header& icmp) {
  switch (icmp.type) {
    case Icmpv6Type::kEchoRequest: return Kind::kEchoRequest;
    case Icmpv6Type::kEchoReply: return Kind::kEchoReply;
    case Icmpv6Type::kRedirect: return Kind::kRedirect;
    default: return icmp.is_error() ? Kind::kError : Kind::kUntracked;
  }
}

// The eight bytes of a transport header that an error is sure to quote.
struct QuotedHeader {
  base::be16 source_port;
  base::be16 destination_port;
  base::be32 sequence;  // of TCP
};
static_assert(sizeof(QuotedHeader) == 8 && alignof(QuotedHeader) == 1);

// Makes the facts of an error those of the packet that it quotes.
void read_quoted(base::ByteView quoted, PacketFacts& facts) {
  facts.kind = Kind::kMalformed;
  const auto datagram = read_datagram(quoted, Extent::kCut);
  if (!datagram || datagram->place == FragmentPlace::kLater ||
      datagram->key.version != facts.key.version || datagram->key.source != facts.key.destination) {
    return;
  }
  const auto* header = base::Cursor(datagram->payload).view<QuotedHeader>();
  if (header == nullptr) {
    return;
  }
  facts.key = datagram->key;
  const IpProtocol protocol = datagram->key.protocol;
  if (is_icmp(facts.key)) {
    const auto* icmp = base::Cursor(datagram->payload).view<IcmpHeader>();
    set_identifier(facts.key, icmp->identifier());
  } else if (protocol == IpProtocol::kTcp || protocol == IpProtocol::kUdp ||
             protocol == IpProtocol::kSctp) {
    facts.key.source_port = header->source_port;
    facts.key.destination_port = header->destination_port;
  }
  facts.tcp.sequence = header->sequence.host();
  facts.kind = Kind::kError;
}

void read_icmp(const Datagram& datagram, PacketFacts& facts) {
  std::uint16_t identifier = 0;
  base::ByteView payload;
  if (datagram.key.version == 4) {
    const auto icmp = parse_icmp(datagram.payload);
    if (!icmp) {
      return;
    }
    facts.kind = kind_of(*icmp->header);
    identifier = icmp->header->identifier();
    payload = icmp->payload;
  } else {
    const auto icmp = parse_icmpv6(datagram.payload);
    if (!icmp) {
      return;
    }
    facts.kind = kind_of(*icmp->header);
    identifier = icmp->header->identifier();
    payload = icmp->payload;
  }
  if (facts.kind == Kind::kError) {
    read_quoted(payload, facts);
  } else if (facts.kind == Kind::kEchoRequest || facts.kind == Kind::kEchoReply) {
    set_identifier(facts.key, identifier);
  }
}

void read_tcp(base::ByteView payload, PacketFacts& facts) {
  const auto tcp = parse_tcp(payload);
  if (!tcp) {
    return;
  }
  const TcpHeader& header = *tcp->header;
  facts.key.source_port = header.source_port;
  facts.key.destination_port = header.destination_port;
  facts.tcp = {.sequence = header.sequence.host(),
               .acknowledgment = header.acknowledgment.host(),
               .length = static_cast<std::uint32_t>(tcp->payload.size()),
               .window = header.window.host(),
               .flags = header.flags};
  if (header.has(kTcpSyn)) {
    const auto options = parse_tcp_options(readable_tcp_options(tcp->options));
    facts.tcp.scale = options ? options->window_scale : std::nullopt;
  }
  facts.kind = Kind::kTcp;
}

}  // namespace

PacketFacts facts_of(base::ByteView packet) {
  PacketFacts facts;
  const auto datagram = read_datagram(packet, Extent::kWhole);
  if (!datagram) {
    return facts;
  }
  facts.key = datagram->key;
  if (datagram->place != FragmentPlace::kWhole) {
    facts.kind = Kind::kFragment;
  } else if (is_icmp(facts.key)) {
    read_icmp(*datagram, facts);
  } else if (facts.key.protocol == IpProtocol::kTcp) {
    read_tcp(datagram->payload, facts);
  } else if (facts.key.protocol == IpProtocol::kUdp || facts.key.protocol == IpProtocol::kSctp) {
    if (const auto* ports = base::Cursor(datagram->payload).view<QuotedHeader>()) {
      facts.key.source_port = ports->source_port;
      facts.key.destination_port = ports->destination_port;
      facts.kind = Kind::kAnswered;
    }
  } else {
    facts.kind = Kind::kAnswered;
  }
  return facts;
}

std::string_view name_of(Tracked verdict) {
  constexpr std::string_view kNames[kTrackedCount] = {
      "known",         "began",      "related",   "untracked",     "denied",
      "malformed",     "fragment",   "bad flags", "no connection", "out of state",
      "out of window", "wrong side", "unrelated", "table full"};
  return kNames[static_cast<std::size_t>(verdict)];
}

FlowKey Conntrack::table_key(const PacketFacts& packet, bool& reversed) {
  const FlowKey other = packet.key.reversed();
  reversed = std::memcmp(&other, &packet.key, sizeof other) < 0;
  return reversed ? other : packet.key;
}

bool Conntrack::may_be_first(const PacketFacts& packet) {
  switch (packet.kind) {
    case Kind::kTcp: return TcpTrack::begins(packet.tcp);
    case Kind::kAnswered:
    case Kind::kEchoRequest: return true;
    default: return false;
  }
}

base::Duration Conntrack::timeout_of(const Flow& flow) const {
  const Connection& connection = flow.value;
  switch (flow.key.protocol) {
    case IpProtocol::kTcp:
      switch (connection.tcp.state()) {
        case TcpState::kSynSent:
        case TcpState::kSynReceived: return timeouts_.tcp_opening;
        case TcpState::kEstablished: return timeouts_.tcp_established;
        case TcpState::kReset: return timeouts_.tcp_reset;
        default: return timeouts_.tcp_closing;
      }
    case IpProtocol::kUdp: return connection.answered ? timeouts_.udp : timeouts_.udp_unanswered;
    case IpProtocol::kIcmpv4:
    case IpProtocol::kIcmpv6: return timeouts_.icmp;
    default: return timeouts_.other;
  }
}

Tracked Conntrack::judge(const PacketFacts& packet, bool reversed, Flow* flow, base::Instant now) {
  switch (packet.kind) {
    case Kind::kMalformed: return Tracked::kMalformed;
    case Kind::kFragment: return Tracked::kFragment;
    case Kind::kRedirect: return Tracked::kUnrelated;
    case Kind::kUntracked: return Tracked::kUntracked;
    case Kind::kError: return judge_error(packet, reversed, flow);
    default: break;
  }
  if (packet.kind == Kind::kTcp && !TcpTrack::flags_make_sense(packet.tcp.flags)) {
    return Tracked::kBadFlags;
  }
  const bool first = may_be_first(packet);
  if (flow == nullptr) {
    return first ? Tracked::kBegan : Tracked::kNoConnection;
  }
  Connection& connection = flow->value;
  const TcpSide from =
      reversed != connection.begun_by_source ? TcpSide::kInitiator : TcpSide::kResponder;
  if (packet.kind == Kind::kTcp && first && connection.tcp.over()) {
    return Tracked::kBegan;
  }
  if (!side_fits(packet, from, connection)) {
    return Tracked::kWrongSide;
  }
  if (packet.kind == Kind::kTcp) {
    const Tracked verdict = judge_tcp(packet, from, connection);
    if (verdict != Tracked::kKnown) {
      return verdict;
    }
  } else if (packet.kind != Kind::kAnswered &&
             (packet.kind == Kind::kEchoRequest) != (from == TcpSide::kInitiator)) {
    return Tracked::kOutOfState;
  }
  connection.answered |= from == TcpSide::kResponder;
  flow->expires = now + timeout_of(*flow);
  return Tracked::kKnown;
}

Tracked Conntrack::judge_tcp(const PacketFacts& packet, TcpSide from,
                             Connection& connection) const {
  switch (connection.tcp.take(packet.tcp, from)) {
    case TcpVerdict::kFits: return Tracked::kKnown;
    case TcpVerdict::kOutOfState: return Tracked::kOutOfState;
    case TcpVerdict::kOutOfWindow: return Tracked::kOutOfWindow;
  }
  return Tracked::kOutOfState;
}

// An error is no sign of life of the connection.
Tracked Conntrack::judge_error(const PacketFacts& packet, bool reversed, const Flow* flow) const {
  if (flow == nullptr) {
    return Tracked::kUnrelated;
  }
  const TcpSide from =
      reversed != flow->value.begun_by_source ? TcpSide::kInitiator : TcpSide::kResponder;
  if (flow->key.protocol == IpProtocol::kTcp && !flow->value.tcp.sent(packet.tcp.sequence, from)) {
    return Tracked::kUnrelated;
  }
  // It comes to who sent what it quotes, as if from the other end.
  const TcpSide as_if_from =
      from == TcpSide::kInitiator ? TcpSide::kResponder : TcpSide::kInitiator;
  if (!side_fits(packet, as_if_from, flow->value)) {
    return Tracked::kWrongSide;
  }
  return Tracked::kRelated;
}

bool Conntrack::begin(const PacketFacts& packet, const FlowKey& key, bool reversed,
                      base::Instant now) {
  Flow* const flow = table_.insert(key, now, now);
  if (flow == nullptr) {
    return false;
  }
  flow->value = {.tcp = packet.kind == Kind::kTcp ? TcpTrack(packet.tcp) : TcpTrack(),
                 .begun_by_source = !reversed,
                 .side = packet.side};
  flow->expires = now + timeout_of(*flow);
  return true;
}

void Conntrack::take_over(Conntrack& other, base::Instant now) {
  other.table_.for_each([&](const Flow& theirs) {
    if (theirs.expires > now) {
      if (Flow* ours = table_.insert(theirs.key, now, theirs.expires)) {
        ours->value = theirs.value;
        ours->expires = theirs.expires;
      }
    }
  });
}

}  // namespace superfluid::net
