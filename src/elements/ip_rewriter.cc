// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_rewriter.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "elements/ip_header.h"
#include "graph/arguments.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;
using net::ChecksumDelta;
using net::IpProtocol;
using net::Ipv4FlowKey;
using net::Ipv4Header;
using Side = Translation::Side;

namespace {

constexpr auto kDccp = IpProtocol{33};  // ports where UDP has them

// TCP's fields up to the checksum: a header cut behind it still says all.
constexpr std::size_t kTcpBytesLeast = 18;

// Bits of a TCP flow's state; the reply's are the forward ones shifted by one.
enum TcpState : std::uint8_t { kDone = 1, kBothDone = 3, kData = 4, kBothData = 12 };

// Made of words, since it will be read as words: those would wait for what was stored in pieces.
// TCP and DCCP have their ports where UDP has them.
Ipv4FlowKey key_of(const Ipv4Header& header, const std::uint8_t* ports, IpProtocol protocol) {
  static_assert(offsetof(Ipv4Header, destination) == offsetof(Ipv4Header, source) + 4 &&
                offsetof(Ipv4FlowKey, destination) == 4 &&
                offsetof(Ipv4FlowKey, source_port) == 8 && offsetof(Ipv4FlowKey, protocol) == 12);
  std::array<std::uint64_t, 2> words;
  std::uint32_t both_ports;
  std::memcpy(&words[0],
              reinterpret_cast<const std::uint8_t*>(&header) + offsetof(Ipv4Header, source),
              sizeof words[0]);
  std::memcpy(&both_ports, ports, sizeof both_ports);
  words[1] = both_ports | static_cast<std::uint64_t>(protocol) << 32;
  return std::bit_cast<Ipv4FlowKey>(words);
}

void note_tcp(const Ipv4Header& header, const std::uint8_t* transport, std::uint8_t& state,
              Side side) {
  const auto& tcp = *reinterpret_cast<const net::TcpHeader*>(transport);
  const bool payload = header.header_length() + tcp.header_length() < header.total_length.host();
  unsigned now = state;
  if (tcp.has(net::kTcpRst)) {
    now |= kBothDone;
  } else if (tcp.has(net::kTcpFin)) {
    now |= static_cast<unsigned>(kDone) << side;
  } else if (tcp.has(net::kTcpSyn) || payload) {
    now &= ~(static_cast<unsigned>(kDone) << side);
  }
  if (payload) {
    now |= static_cast<unsigned>(kData) << side;
  }
  state = static_cast<std::uint8_t>(now);
}

// A UDP flow's state: twice the packets seen, up to three, and 1 once there was a reply.
constexpr std::uint8_t kThreePackets = 6;

void note_udp(std::uint8_t& state, Side side) {
  state = static_cast<std::uint8_t>((state < kThreePackets ? state + 2 : state) |
                                    (side == Translation::kReply ? 1 : 0));
}

}  // namespace

template <typename Self>
Rewriter::Problem PortRewriter<Self>::read_ports(const Packet& packet, IpProtocol protocol,
                                                 Ipv4FlowKey& key) {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr) [[unlikely]] {
    return Rewriter::kNoHeader;
  }
  const std::size_t header_length = header->header_length();
  const std::size_t length =
      std::min<std::size_t>(header->total_length.host(), packet.from(packet.network).size());
  const std::size_t least =
      header_length +
      (header->protocol == IpProtocol::kTcp ? kTcpBytesLeast : sizeof(net::UdpHeader));
  if ((header->flags_and_offset.host() & 0x1fff) != 0) [[unlikely]] {
    return Rewriter::kFragment;
  }
  if (header_length < sizeof(Ipv4Header) || length < least) [[unlikely]] {
    return Rewriter::kTruncated;
  }
  key = key_of(*header, packet.network + header_length, protocol);
  return Rewriter::kFine;
}

// REQUIRES: read() found the packet fine, and it may be written.
template <typename Self>
void PortRewriter<Self>::translate(Packet& packet, Translation& flow, Side side) const {
  auto& header = *reinterpret_cast<Ipv4Header*>(packet.network);
  std::uint8_t* const transport = packet.network + header.header_length();
  const Ipv4FlowKey& other = flow.keys[1 - side];
  header.source = other.destination;
  header.destination = other.source;
  this->note(packet, flow, side, other.source);
  auto& udp = *reinterpret_cast<net::UdpHeader*>(transport);
  udp.source_port = other.destination_port;
  udp.destination_port = other.source_port;
  ChecksumDelta addresses = ChecksumDelta::of_bits(flow.address_delta);
  ChecksumDelta all = ChecksumDelta::of_bits(flow.transport_delta);
  if (side == Translation::kReply) {
    addresses = addresses.reversed();
    all = all.reversed();
  }
  if (flow.address_delta != 0) {
    header.checksum = addresses.apply(header.checksum);
  }
  if (header.protocol == IpProtocol::kTcp) {
    auto& tcp = *reinterpret_cast<net::TcpHeader*>(transport);
    tcp.checksum = flow.transport_delta == 0 ? tcp.checksum : all.apply(tcp.checksum);
  } else if (header.protocol == IpProtocol::kUdp && flow.transport_delta != 0) {
    udp.checksum = all.apply_udp(udp.checksum);
  }
  static_cast<const Self*>(this)->note_state(header, transport, flow, side);
}

template <typename Self>
ChecksumDelta PortRewriter<Self>::transport_delta(const Ipv4FlowKey& from,
                                                  const Ipv4FlowKey& to) const {
  ChecksumDelta delta;
  delta.replace(from.source, to.source);
  delta.replace(from.destination, to.destination);
  delta.replace(from.source_port, to.source_port);
  delta.replace(from.destination_port, to.destination_port);
  return delta;
}

template <typename Self>
graph::Arguments& PortRewriter<Self>::tcp_arguments(graph::Arguments& arguments,
                                                    base::Duration& guarantee) {
  return arguments.keyword("TCP_NODATA_TIMEOUT", tcp_nodata_timeout_)
      .keyword("TIMEOUT", tcp_data_timeout_)
      .keyword("TCP_TIMEOUT", tcp_data_timeout_)
      .keyword("TCP_DONE_TIMEOUT", tcp_done_timeout_)
      .keyword("TCP_GUARANTEE", guarantee)
      .keyword("DST_ANNO", this->note_destination_);
}

template <typename Self>
graph::Arguments& PortRewriter<Self>::udp_arguments(graph::Arguments& arguments,
                                                    base::Duration& guarantee) {
  return arguments.keyword("UDP_TIMEOUT", udp_timeout_)
      .keyword("UDP_STREAMING_TIMEOUT", streaming_given_)
      .keyword("UDP_GUARANTEE", guarantee);
}

template <typename Self>
void PortRewriter<Self>::finish_udp() {
  udp_streaming_timeout_ = streaming_given_.value_or(udp_timeout_);
}

template <typename Self>
base::Duration PortRewriter<Self>::tcp_timeout(std::uint8_t state) const {
  return (state & kBothDone) == kBothDone   ? tcp_done_timeout_
         : (state & kBothData) == kBothData ? tcp_data_timeout_
                                            : tcp_nodata_timeout_;
}

template <typename Self>
base::Duration PortRewriter<Self>::udp_timeout(std::uint8_t state) const {
  return state > kThreePackets ? udp_streaming_timeout_ : udp_timeout_;
}

// IPRewriter

const graph::ElementClass IPRewriter::kClass{"IPRewriter", "1-/1-", "h/h",
                                             graph::make_element<IPRewriter>};

void IPRewriter::configure(graph::Arguments& arguments) {
  tcp_arguments(arguments, guarantee_);
  udp_arguments(arguments, udp_guarantee_);
  configure_common(arguments);
  finish_udp();
}

Rewriter::Problem IPRewriter::read(const Packet& packet, Ipv4FlowKey& key) const {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header != nullptr && header->protocol != IpProtocol::kTcp &&
      header->protocol != IpProtocol::kUdp) [[unlikely]] {
    return kOtherProtocol;
  }
  return read_ports(packet, header == nullptr ? IpProtocol{} : header->protocol, key);
}

void IPRewriter::note_state(const Ipv4Header& header, const std::uint8_t* transport,
                            Translation& flow, Side side) const {
  if (header.protocol == IpProtocol::kTcp) {
    note_tcp(header, transport, flow.state, side);
  } else {
    note_udp(flow.state, side);
  }
}

Rewriter::Times IPRewriter::times(const Translation& flow) const {
  return flow.protocol == IpProtocol::kTcp ? Times{guarantee_, tcp_timeout(flow.state)}
                                           : Times{udp_guarantee_, udp_timeout(flow.state)};
}

std::uint32_t IPRewriter::find_quoted(Ipv4FlowKey reply) const {
  return find(reply, hasher_(reply));  // those of other protocols are not there
}

void IPRewriter::add_handlers(graph::HandlerTable& handlers) {
  Rewriter::add_handlers(handlers);
  for (const std::string_view name : {"tcp_table", "tcp_mappings"}) {
    handlers.value(name, [this] { return table(IpProtocol::kTcp); });
  }
  for (const std::string_view name : {"udp_table", "udp_mappings"}) {
    handlers.value(name, [this] { return table(IpProtocol::kUdp); });
  }
  handlers.read("tcp_lookup",
                [this](std::string_view text) { return lookup(text, IpProtocol::kTcp); });
}

// TCPRewriter

const graph::ElementClass TCPRewriter::kClass{"TCPRewriter", "1-/1-", "h/h",
                                              graph::make_element<TCPRewriter>};

void TCPRewriter::configure(graph::Arguments& arguments) {
  tcp_arguments(arguments, guarantee_);
  configure_common(arguments);
}

Rewriter::Problem TCPRewriter::read(const Packet& packet, Ipv4FlowKey& key) const {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header != nullptr && header->protocol != IpProtocol::kTcp) [[unlikely]] {
    return kOtherProtocol;
  }
  return read_ports(packet, IpProtocol::kTcp, key);
}

void TCPRewriter::note_state(const Ipv4Header& header, const std::uint8_t* transport,
                             Translation& flow, Side side) const {
  note_tcp(header, transport, flow.state, side);
}

Rewriter::Times TCPRewriter::times(const Translation& flow) const {
  return {guarantee_, tcp_timeout(flow.state)};
}

std::uint32_t TCPRewriter::find_quoted(Ipv4FlowKey reply) const {
  return find(reply, hasher_(reply));
}

void TCPRewriter::add_handlers(graph::HandlerTable& handlers) {
  Rewriter::add_handlers(handlers);
  for (const std::string_view name : {"table", "mappings"}) {
    handlers.value(name, [this] { return table(IpProtocol::kTcp); });
  }
  handlers.read("lookup", [this](std::string_view text) { return lookup(text, IpProtocol::kTcp); });
}

// UDPRewriter

const graph::ElementClass UDPRewriter::kClass{"UDPRewriter", "1-/1-", "h/h",
                                              graph::make_element<UDPRewriter>};

void UDPRewriter::configure(graph::Arguments& arguments) {
  arguments.keyword("TIMEOUT", udp_timeout_)
      .keyword("STREAMING_TIMEOUT", streaming_given_)
      .keyword("DST_ANNO", note_destination_);
  udp_arguments(arguments, guarantee_);
  configure_common(arguments);
  finish_udp();
}

Rewriter::Problem UDPRewriter::read(const Packet& packet, Ipv4FlowKey& key) const {
  const Ipv4Header* const header = ipv4_header(packet);
  if (header != nullptr && header->protocol != IpProtocol::kTcp &&
      header->protocol != IpProtocol::kUdp && header->protocol != kDccp) [[unlikely]] {
    return kOtherProtocol;
  }
  return read_ports(packet, {}, key);
}

void UDPRewriter::note_state(const Ipv4Header&, const std::uint8_t*, Translation& flow,
                             Side side) const {
  note_udp(flow.state, side);
}

Rewriter::Times UDPRewriter::times(const Translation& flow) const {
  return {guarantee_, udp_timeout(flow.state)};
}

std::uint32_t UDPRewriter::find_quoted(Ipv4FlowKey reply) const {
  const IpProtocol quoted = reply.protocol;
  reply.protocol = {};
  const std::uint32_t found = find(reply, hasher_(reply));
  return found != kNone && flow_at(found).protocol == quoted ? found : kNone;
}

void UDPRewriter::add_handlers(graph::HandlerTable& handlers) {
  Rewriter::add_handlers(handlers);
  for (const std::string_view name : {"table", "mappings"}) {
    handlers.value(name, [this] { return table({}); });
  }
}

}  // namespace superfluid::elements
