// SPDX-License-Identifier: Apache-2.0
// From a draft to a packet, and from a packet to its headers.
#include <algorithm>
#include <cstring>

#include "hostgraph/summary_fields.h"
#include "net/checksum.h"
#include "net/ipv4.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::hostgraph {
namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kDccp = 33;
constexpr std::uint8_t kUdpLite = 136;

bool is_later_fragment(std::uint8_t high, std::uint8_t low) { return ((high & 0x1f) | low) != 0; }

// The transport's header, empty for what has none that lines could describe.
std::string transport_of(const SummaryDraft& draft, std::uint8_t protocol) {
  const auto text = [](base::ByteView bytes) { return std::string(base::text_of(bytes)); };
  std::string header;
  switch (protocol) {
    case kTcp:
      header = text(draft.tcp);
      header += draft.tcp_options;
      header.resize(draft.tcp_header_length, '\0');
      header[12] = static_cast<char>((draft.tcp[12] & 1) | draft.tcp_header_length << 2);
      break;
    case kUdp:
    case kUdpLite: header = text(draft.udp); break;
    case kDccp: header.resize(12, '\0'); break;
    case kIcmp: return text(draft.icmp);
    default: return {};
  }
  return header.replace(0, draft.ports.size(), text(draft.ports));
}

// Checksums of the datagram that is all of `packet`.
void set_checksums(graph::Packet& packet, std::size_t ip_header, bool fragment) {
  auto& ip = *reinterpret_cast<net::Ipv4Header*>(packet.data);
  ip.checksum = {};
  net::InternetSum sum;
  sum.add(packet.bytes().first(ip_header));
  ip.checksum = sum.checksum();
  const base::ByteSpan transport = packet.bytes().subspan(ip_header);
  const auto protocol = packet.data[9];
  const std::size_t at = protocol == kTcp ? 16 : (protocol == kUdp ? 6 : 2);
  const bool summed = protocol == kTcp || protocol == kUdp || protocol == kIcmp;
  if (fragment || !summed || transport.size() < at + 2) {
    return;
  }
  std::memset(transport.data() + at, 0, 2);
  net::InternetSum of_transport;
  if (protocol != kIcmp) {
    of_transport = net::PseudoHeader(ip.source, ip.destination).sum(ip.protocol, transport.size());
  }
  of_transport.add(transport);
  const base::be16 checksum =
      protocol == kUdp ? of_transport.udp_checksum() : of_transport.checksum();
  std::memcpy(transport.data() + at, &checksum, 2);
}

// The bytes of the datagram, and in `length` what it says its length is.
std::string datagram_of(const SummaryDraft& draft, const SummaryMaking& making,
                        std::size_t& length) {
  const std::uint8_t protocol = draft.protocol.value_or(making.default_protocol);
  std::string bytes(base::text_of(draft.ip));
  bytes += draft.ip_options;
  bytes.resize(draft.ip_header_length, '\0');
  bytes[0] = static_cast<char>(0x40 | draft.ip_header_length / 4);
  bytes[9] = static_cast<char>(protocol);
  const std::uint32_t sum = draft.ip_checksum.value_or(0);
  bytes[10] = static_cast<char>(sum >> 8);
  bytes[11] = static_cast<char>(sum);
  std::size_t payload_at = bytes.size();
  if (!is_later_fragment(draft.ip[6], draft.ip[7])) {
    bytes += transport_of(draft, protocol);
    payload_at = protocol == kIcmp ? payload_at : bytes.size();
  }
  if (!draft.payload.empty()) {
    bytes.replace(payload_at, draft.payload.size(), draft.payload);
  }
  // A length that is stated counts, and cuts headers off that it has no room for.
  const std::optional<std::size_t> stated =
      draft.ip_length          ? std::optional<std::size_t>(*draft.ip_length)
      : draft.wire_length      ? std::optional<std::size_t>(*draft.wire_length)
      : draft.payload_length   ? std::optional(payload_at + *draft.payload_length)
      : !draft.payload.empty() ? std::optional(payload_at + draft.payload.size())
                               : std::nullopt;
  bytes.resize(std::min(bytes.size(), kSummaryPacketBytesMax));
  length =
      std::clamp(stated.value_or(bytes.size()), draft.ip_header_length, kSummaryPacketBytesMax);
  if (draft.payload.empty()) {
    bytes.resize(std::min(bytes.size(), length));
  }
  bytes[2] = static_cast<char>(length >> 8);
  bytes[3] = static_cast<char>(length);
  const std::size_t udp_length = draft.ip_header_length + 4;
  if (protocol == kUdp && bytes.size() >= udp_length + 2 &&
      !is_later_fragment(draft.ip[6], draft.ip[7]) && bytes[udp_length] == 0 &&
      bytes[udp_length + 1] == 0) {
    const std::size_t of_udp = length - draft.ip_header_length;
    bytes[udp_length] = static_cast<char>(of_udp >> 8);
    bytes[udp_length + 1] = static_cast<char>(of_udp);
  }
  if (making.checksums) {
    bytes.resize(std::max(bytes.size(), length), '\0');
  }
  return bytes;
}

}  // namespace

SummaryView::SummaryView(const graph::Packet& of) : packet(of) {
  const base::ByteView from = of.from(of.network);
  if (of.network == nullptr || from.size() < 4 || from[0] >> 4 != 4) {
    return;
  }
  const std::size_t header = 4u * (from[0] & 0xf);
  const std::size_t length = static_cast<std::size_t>(from[2]) << 8 | from[3];
  if (header < sizeof(net::Ipv4Header) || length < header) {
    return;
  }
  ip = from.first(std::min(from.size(), length));
  protocol = ip.size() > 9 ? ip[9] : 0;
  if (ip.size() > header && !is_later_fragment(ip[6], ip[7])) {
    transport = ip.subspan(header);
  }
}

graph::Packet* make_packet(const SummaryDraft& draft, const SummaryMaking& making,
                           graph::PacketPool& pool) {
  std::size_t length = draft.wire_length.value_or(0);
  const std::string bytes = draft.has_ip ? datagram_of(draft, making, length) : std::string();
  graph::Packet* const packet = pool.make(base::bytes_of(bytes));
  if (packet == nullptr) {
    return nullptr;
  }
  packet->notes = draft.notes;
  packet->notes.extra_length =
      static_cast<std::uint32_t>(length > bytes.size() ? length - bytes.size() : 0);
  if (draft.has_ip) {
    packet->network = packet->data;
    packet->transport = packet->data + std::min(draft.ip_header_length, bytes.size());
    std::copy_n(packet->data + 16, 4, packet->notes.destination.bytes.begin());
    if (making.checksums) {
      const bool fragment = (packet->data[6] & 0x3f) != 0 || packet->data[7] != 0;
      set_checksums(*packet, draft.ip_header_length, fragment);
    }
  }
  return packet;
}

}  // namespace superfluid::hostgraph
