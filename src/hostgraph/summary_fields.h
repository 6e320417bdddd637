// SPDX-License-Identifier: Apache-2.0
// Packets as lines of text: one word for each field, '-' where a packet has none. The format is
// Click's IP summary dump, version 1.3.
//
//   notes       timestamp (ntimestamp, ts), ts_sec, ts_usec, ts_usec1, link (paint), direction,
//               aggregate, wire_len; count, which is 1
//   Ethernet    eth_src eth_dst eth_type, only written
//   IPv4        ip_src ip_dst ip_tos ip_dscp ip_ecn ip_ttl ip_frag ip_fragoff ip_id ip_sum ip_proto
//               ip_hl ip_len ip_capture_len ip_opt; "src" is "ip_src", "proto" is "ip_proto" and
//               so on
//   transport   sport dport, udp_len, tcp_seq tcp_ack tcp_off tcp_flags tcp_window tcp_urp,
//               tcp_opt tcp_ntopt (all but timestamps) tcp_sack,
//               icmp_type icmp_code icmp_type_name icmp_flowid icmp_seq icmp_nextmtu
//   payload     payload payload_len; payload_md5 payload_md5_hex, only written
//
// Invariants: nothing outside of a packet's bytes is read, whatever its headers say; a line makes a
// packet of at most 65535 bytes.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "graph/packet.h"

namespace superfluid::hostgraph {

inline constexpr std::size_t kSummaryPacketBytesMax = 65'535;

// A packet with its headers found.
struct SummaryView {
  explicit SummaryView(const graph::Packet& of);

  const graph::Packet& packet;
  base::ByteView ip;         // from the header to the datagram's end; empty when there is none
  base::ByteView transport;  // of a first fragment, or of no fragment
  std::uint8_t protocol = 0;
};

// A packet that a line describes, before it is made.
struct SummaryDraft {
  static constexpr std::uint8_t kTtl = 100;

  graph::Annotations notes;
  bool has_ip = false;
  std::optional<std::uint8_t> protocol;
  std::array<std::uint8_t, 20> ip{
      0, 0, 0, 0, 0, 0, 0, 0, kTtl};  // lengths, protocol and checksum are set when it is made
  std::optional<std::uint16_t> ip_checksum;
  std::optional<std::uint32_t> ip_length;
  std::size_t ip_header_length = 20;
  std::string ip_options;
  std::optional<std::uint32_t> wire_length;
  std::array<std::uint8_t, 4> ports{};
  std::array<std::uint8_t, 20> tcp{};
  std::array<std::uint8_t, 8> udp{};
  std::array<std::uint8_t, 8> icmp{};
  std::size_t tcp_header_length = 20;
  std::string tcp_options;
  std::string payload;
  std::optional<std::uint32_t> payload_length;
};

struct SummaryField {
  // Where a plain number lies.
  enum class Layer : std::uint8_t { kNone, kIp, kTcp, kUdp, kIcmp };

  std::string_view name;
  Layer layer = Layer::kNone;
  std::uint8_t offset = 0;
  std::uint8_t width = 0;
  // What plain numbers need not have. False: the packet has no such field, the word is none.
  bool (*write)(const SummaryView& from, std::string& to) = nullptr;
  bool (*read)(std::string_view from, SummaryDraft& to) = nullptr;
};

// By its name or another that is known for it; nullptr when there is none.
const SummaryField* find_summary_field(std::string_view name);

// Appends the field's word.
void write_summary(const SummaryField& field, const SummaryView& from, std::string& to);
// False when the word is none of this field's; then the draft is as it was.
bool read_summary(const SummaryField& field, std::string_view from, SummaryDraft& to);

struct SummaryMaking {
  std::uint8_t default_protocol = 6;
  bool checksums = false;
};

// nullptr when the pool has no more packets.
graph::Packet* make_packet(const SummaryDraft& draft, const SummaryMaking& making,
                           graph::PacketPool& pool);

}  // namespace superfluid::hostgraph
