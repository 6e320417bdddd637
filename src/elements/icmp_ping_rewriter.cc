// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp_ping_rewriter.h"

#include <algorithm>

#include "elements/icmp_checksum.h"
#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "net/icmp.h"

namespace superfluid::elements {

using base::be16;
using base::cat;
using graph::Packet;
using net::ChecksumDelta;
using net::IcmpHeader;
using net::IpProtocol;
using net::Ipv4FlowKey;
using net::Ipv4Header;
using Side = Translation::Side;

namespace {

be16 answering_port(be16 identifier) {
  return be16(static_cast<std::uint16_t>(identifier.host() + 1));
}

// Of either side's key.
be16 identifier_of(const Ipv4FlowKey& key, Side side) {
  return side == Translation::kForward ? key.source_port : key.destination_port;
}

std::string show_key(const Ipv4FlowKey& key, Side side) {
  return cat("(", to_text(key.source).view(), ", ", to_text(key.destination).view(), ", ",
             identifier_of(key, side).host(), ")");
}

}  // namespace

const graph::ElementClass ICMPPingRewriter::kClass{"ICMPPingRewriter", "1-/1-", "h/h",
                                                   graph::make_element<ICMPPingRewriter>};

void ICMPPingRewriter::configure(graph::Arguments& arguments) {
  arguments.keyword("TIMEOUT", timeout_).keyword("DST_ANNO", note_destination_);
  configure_common(arguments);
}

Rewriter::Problem ICMPPingRewriter::read(const Packet& packet, Ipv4FlowKey& key) const {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr) [[unlikely]] {
    return kNoHeader;
  }
  const std::size_t header_length = header->header_length();
  const std::size_t length =
      std::min<std::size_t>(header->total_length.host(), packet.from(packet.network).size());
  if (header->protocol != IpProtocol::kIcmpv4) [[unlikely]] {
    return kOtherProtocol;
  }
  if (header->fragment_offset() != 0) [[unlikely]] {
    return kFragment;
  }
  if (header_length < sizeof(Ipv4Header) || length < header_length + sizeof(IcmpHeader))
      [[unlikely]] {
    return kTruncated;
  }
  const auto& icmp = *reinterpret_cast<const IcmpHeader*>(packet.network + header_length);
  if (!icmp.is_echo()) [[unlikely]] {
    return kOtherProtocol;
  }
  const be16 identifier = icmp.words[0];
  key = {header->source,      header->destination,
         identifier,          answering_port(identifier),
         IpProtocol::kIcmpv4, {}};
  if (icmp.type == net::IcmpType::kEchoReply) {
    std::swap(key.source_port, key.destination_port);
  }
  return kFine;
}

bool ICMPPingRewriter::begins(const Ipv4FlowKey& key) {
  return key.destination_port == answering_port(key.source_port);
}

void ICMPPingRewriter::translate(Packet& packet, Translation& flow, Side side) const {
  auto& header = *reinterpret_cast<Ipv4Header*>(packet.network);
  auto& icmp = *reinterpret_cast<IcmpHeader*>(packet.network + header.header_length());
  const Ipv4FlowKey& other = flow.keys[1 - side];
  header.source = other.destination;
  header.destination = other.source;
  note(packet, flow, side, other.source);
  const bool reply = side == Translation::kReply;
  icmp.words[0] = reply ? other.source_port : other.destination_port;
  if (flow.address_delta != 0) {
    const ChecksumDelta delta = ChecksumDelta::of_bits(flow.address_delta);
    header.checksum = (reply ? delta.reversed() : delta).apply(header.checksum);
  }
  if (flow.transport_delta != 0) {
    const ChecksumDelta delta = ChecksumDelta::of_bits(flow.transport_delta);
    icmp.checksum = (reply ? delta.reversed() : delta).apply(icmp.checksum);
    const std::size_t length =
        std::min<std::size_t>(header.total_length.host(), packet.from(packet.network).size()) -
        header.header_length();
    mend_zero_checksum({reinterpret_cast<std::uint8_t*>(&icmp), length}, icmp.checksum);
  }
}

bool ICMPPingRewriter::complete(Ipv4FlowKey& rewritten) const {
  rewritten.destination_port = answering_port(rewritten.source_port);
  return true;
}

Ipv4FlowKey ICMPPingRewriter::rewritten(const Ipv4FlowKey&, const Translation& flow,
                                        Side side) const {
  return flow.keys[1 - side].reversed();
}

// The quoted packet is a request, whose identifier is in the place of both its ports.
std::uint32_t ICMPPingRewriter::find_quoted(Ipv4FlowKey reply) const {
  reply.source_port = answering_port(reply.destination_port);
  return find(reply, hasher_(reply));
}

ChecksumDelta ICMPPingRewriter::transport_delta(const Ipv4FlowKey& from,
                                                const Ipv4FlowKey& to) const {
  ChecksumDelta delta;
  delta.replace(from.source_port, to.source_port);
  return delta;
}

std::string ICMPPingRewriter::show(const Translation& flow, Side side) const {
  const Ipv4FlowKey& key = flow.keys[side];
  return cat(show_key(key, side), " => ", show_key(rewritten(key, flow, side), side));
}

void ICMPPingRewriter::add_handlers(graph::HandlerTable& handlers) {
  Rewriter::add_handlers(handlers);
  for (const std::string_view name : {"table", "mappings"}) {
    handlers.value(name, [this] { return table(IpProtocol::kIcmpv4); });
  }
}

}  // namespace superfluid::elements
