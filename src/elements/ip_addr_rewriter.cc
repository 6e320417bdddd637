// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_addr_rewriter.h"

#include <algorithm>

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;
using net::ChecksumDelta;
using net::IpProtocol;
using net::Ipv4Address;
using net::Ipv4FlowKey;
using net::Ipv4Header;
using Side = Translation::Side;

namespace {

constexpr std::size_t kTcpBytesLeast = 18;  // up to its checksum

// Both addresses, no ports. False when the header's lengths are wrong.
bool read_addresses(const Ipv4Header& header, std::size_t at_hand, Ipv4FlowKey& key) {
  const std::size_t header_length = header.header_length();
  if (header_length < sizeof(Ipv4Header) || header_length > at_hand ||
      header_length > header.total_length.host()) {
    return false;
  }
  key = {.source = header.source, .destination = header.destination};
  return true;
}

// The checksums, after a change of addresses. REQUIRES: read_addresses() took the header.
void update_checksums(const Packet& packet, Ipv4Header& header, std::uint16_t bits, Side side) {
  if (bits == 0) {
    return;
  }
  ChecksumDelta delta = ChecksumDelta::of_bits(bits);
  if (side == Translation::kReply) {
    delta = delta.reversed();
  }
  header.checksum = delta.apply(header.checksum);
  if (header.fragment_offset() != 0) {
    return;
  }
  const std::size_t header_length = header.header_length();
  std::uint8_t* const transport = packet.network + header_length;
  const std::size_t length =
      std::min<std::size_t>(header.total_length.host(), packet.from(packet.network).size()) -
      header_length;
  if (header.protocol == IpProtocol::kTcp && length >= kTcpBytesLeast) {
    auto& tcp = *reinterpret_cast<net::TcpHeader*>(transport);
    tcp.checksum = delta.apply(tcp.checksum);
  } else if (header.protocol == IpProtocol::kUdp && length >= sizeof(net::UdpHeader)) {
    auto& udp = *reinterpret_cast<net::UdpHeader*>(transport);
    udp.checksum = delta.apply_udp(udp.checksum);
  }
}

ChecksumDelta change_of_addresses(const Ipv4FlowKey& from, const Ipv4FlowKey& to) {
  ChecksumDelta delta;
  delta.replace(from.source, to.source);
  delta.replace(from.destination, to.destination);
  return delta;
}

Ipv4FlowKey source_alone(const Ipv4Address& source) { return {.source = source}; }
Ipv4FlowKey destination_alone(const Ipv4Address& destination) {
  return {.destination = destination};
}

}  // namespace

// IPAddrRewriter

const graph::ElementClass IPAddrRewriter::kClass{"IPAddrRewriter", "1-/1-", "h/h",
                                                 graph::make_element<IPAddrRewriter>};

void IPAddrRewriter::configure(graph::Arguments& arguments) {
  arguments.keyword("TIMEOUT", timeout_);
  configure_common(arguments);
}

Rewriter::Problem IPAddrRewriter::read(const Packet& packet, Ipv4FlowKey& key) const {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr) [[unlikely]] {
    return kNoHeader;
  }
  if (!read_addresses(*header, packet.from(packet.network).size(), key)) [[unlikely]] {
    return kTruncated;
  }
  key.destination = {};
  return kFine;
}

std::uint32_t IPAddrRewriter::find_flow(const Packet& packet, const Ipv4FlowKey& key,
                                        std::uint64_t hash, std::uint32_t candidate) const {
  const std::uint32_t found = Rewriter::find_flow(packet, key, hash, candidate);
  if (found != kNone) {
    return found;
  }
  const Ipv4FlowKey reply = destination_alone(ipv4_header(packet)->destination);
  return find(reply, hasher_(reply));
}

void IPAddrRewriter::translate(Packet& packet, Translation& flow, Side side) const {
  auto& header = *reinterpret_cast<Ipv4Header*>(packet.network);
  const Ipv4FlowKey& other = flow.keys[1 - side];
  if (side == Translation::kForward) {
    header.source = other.destination;
  } else {
    header.destination = other.source;
  }
  note(packet, flow, side, header.destination);
  update_checksums(packet, header, flow.address_delta, side);
}

bool IPAddrRewriter::complete(Ipv4FlowKey& rewritten) const {
  return rewritten == source_alone(rewritten.source);
}

Ipv4FlowKey IPAddrRewriter::rewritten(const Ipv4FlowKey& key, const Translation& flow,
                                      Side side) const {
  Ipv4FlowKey made = key;
  if (side == Translation::kForward) {
    made.source = flow.keys[Translation::kReply].destination;
  } else {
    made.destination = flow.keys[Translation::kForward].source;
  }
  return made;
}

std::uint32_t IPAddrRewriter::find_quoted(Ipv4FlowKey reply) const {
  const Ipv4FlowKey from = source_alone(reply.source);
  const std::uint32_t found = find(from, hasher_(from));
  if (found != kNone) {
    return found;
  }
  const Ipv4FlowKey to = destination_alone(reply.destination);
  return find(to, hasher_(to));
}

ChecksumDelta IPAddrRewriter::transport_delta(const Ipv4FlowKey& from,
                                              const Ipv4FlowKey& to) const {
  return change_of_addresses(from, to);
}

std::string IPAddrRewriter::show(const Translation& flow, Side side) const {
  const Ipv4FlowKey made = rewritten(flow.keys[side], flow, side);
  return side == Translation::kForward
             ? cat(to_text(flow.keys[side].source).view(), " => ", to_text(made.source).view())
             : cat(to_text(flow.keys[side].destination).view(), " => ",
                   to_text(made.destination).view());
}

void IPAddrRewriter::add_handlers(graph::HandlerTable& handlers) {
  Rewriter::add_handlers(handlers);
  for (const std::string_view name : {"table", "mappings"}) {
    handlers.value(name, [this] { return table({}); });
  }
}

// IPAddrPairRewriter

const graph::ElementClass IPAddrPairRewriter::kClass{"IPAddrPairRewriter", "1-/1-", "h/h",
                                                     graph::make_element<IPAddrPairRewriter>};

void IPAddrPairRewriter::configure(graph::Arguments& arguments) {
  arguments.keyword("TIMEOUT", timeout_);
  configure_common(arguments);
}

Rewriter::Problem IPAddrPairRewriter::read(const Packet& packet, Ipv4FlowKey& key) const {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr) [[unlikely]] {
    return kNoHeader;
  }
  return read_addresses(*header, packet.from(packet.network).size(), key) ? kFine : kTruncated;
}

void IPAddrPairRewriter::translate(Packet& packet, Translation& flow, Side side) const {
  auto& header = *reinterpret_cast<Ipv4Header*>(packet.network);
  const Ipv4FlowKey& other = flow.keys[1 - side];
  header.source = other.destination;
  header.destination = other.source;
  note(packet, flow, side, other.source);
  update_checksums(packet, header, flow.address_delta, side);
}

bool IPAddrPairRewriter::complete(Ipv4FlowKey& rewritten) const {
  return rewritten.source_port.host() == 0 && rewritten.destination_port.host() == 0;
}

Ipv4FlowKey IPAddrPairRewriter::rewritten(const Ipv4FlowKey& key, const Translation& flow,
                                          Side side) const {
  Ipv4FlowKey made = key;
  made.source = flow.keys[1 - side].destination;
  made.destination = flow.keys[1 - side].source;
  return made;
}

std::uint32_t IPAddrPairRewriter::find_quoted(Ipv4FlowKey reply) const {
  const Ipv4FlowKey pair{.source = reply.source, .destination = reply.destination};
  return find(pair, hasher_(pair));
}

ChecksumDelta IPAddrPairRewriter::transport_delta(const Ipv4FlowKey& from,
                                                  const Ipv4FlowKey& to) const {
  return change_of_addresses(from, to);
}

std::string IPAddrPairRewriter::show(const Translation& flow, Side side) const {
  const Ipv4FlowKey& key = flow.keys[side];
  const Ipv4FlowKey made = rewritten(key, flow, side);
  return cat("(", to_text(key.source).view(), ", ", to_text(key.destination).view(), ") => (",
             to_text(made.source).view(), ", ", to_text(made.destination).view(), ")");
}

void IPAddrPairRewriter::add_handlers(graph::HandlerTable& handlers) {
  Rewriter::add_handlers(handlers);
  for (const std::string_view name : {"table", "mappings"}) {
    handlers.value(name, [this] { return table({}); });
  }
}

}  // namespace superfluid::elements
