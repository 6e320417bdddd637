// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/summary_fields.h"

#include <algorithm>

#include "base/text.h"
#include "elements/fraction_text.h"
#include "elements/ip_names.h"
#include "graph/arguments.h"
#include "graph/words.h"
#include "hostgraph/summary_words.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using Layer = SummaryField::Layer;

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kDccp = 33;
constexpr std::uint8_t kUdpLite = 136;
constexpr std::size_t kIpHeader = 20;

std::uint32_t number_at(base::ByteView bytes, std::size_t at, std::size_t width) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < width; ++i) {
    number = number << 8 | bytes[at + i];
  }
  return number;
}

void put(base::ByteSpan bytes, std::size_t at, std::size_t width, std::uint32_t number) {
  for (std::size_t i = width; i-- > 0; number >>= 8) {
    bytes[at + i] = static_cast<std::uint8_t>(number);
  }
}

bool has_ports(std::uint8_t protocol) {
  return protocol == kTcp || protocol == kUdp || protocol == kDccp || protocol == kUdpLite;
}

// Types of ICMP messages that carry an identifier and a sequence number.
bool is_sequenced(std::uint8_t type) {
  return type == 0 || type == 8 || (type >= 13 && type <= 16);
}

base::ByteView header_of(Layer layer, const SummaryView& view) {
  switch (layer) {
    case Layer::kIp: return view.ip;
    case Layer::kTcp: return view.protocol == kTcp ? view.transport : base::ByteView();
    case Layer::kUdp: return view.protocol == kUdp ? view.transport : base::ByteView();
    case Layer::kIcmp: return view.protocol == kIcmp ? view.transport : base::ByteView();
    case Layer::kNone: break;
  }
  return {};
}

base::ByteSpan header_of(Layer layer, SummaryDraft& draft) {
  switch (layer) {
    case Layer::kIp: return draft.ip;
    case Layer::kTcp: return draft.tcp;
    case Layer::kUdp: return draft.udp;
    case Layer::kIcmp: return draft.icmp;
    case Layer::kNone: break;
  }
  return {};
}

template <typename T>
bool read_number(std::string_view text, T& number) {
  return graph::parse_argument(text, number).empty();
}

bool write_number(bool there, std::uint64_t number, std::string& to) {
  if (there) {
    to += cat(number);
  }
  return there;
}

// --- notes

bool write_timestamp(const SummaryView& from, std::string& to) {
  to += elements::timestamp_text(from.packet.notes.timestamp);
  return true;
}
bool read_timestamp(std::string_view from, SummaryDraft& to) {
  return graph::parse_argument(from, to.notes.timestamp).empty();
}
bool write_seconds(const SummaryView& from, std::string& to) {
  to += cat(from.packet.notes.timestamp.count() / base::seconds(1).count());
  return true;
}
bool write_microseconds(const SummaryView& from, std::string& to) {
  to += cat(from.packet.notes.timestamp.count() % base::seconds(1).count() / 1000);
  return true;
}
bool read_seconds(std::string_view from, SummaryDraft& to) {
  std::uint32_t seconds = 0;
  if (!read_number(from, seconds)) {
    return false;
  }
  to.notes.timestamp = base::seconds(seconds) +
                       base::Duration(to.notes.timestamp.count() % base::seconds(1).count());
  return true;
}
bool read_microseconds(std::string_view from, SummaryDraft& to) {
  std::uint32_t fraction = 0;
  if (!read_number(from, fraction) || fraction >= 1'000'000) {
    return false;
  }
  to.notes.timestamp = base::seconds(to.notes.timestamp.count() / base::seconds(1).count()) +
                       base::microseconds(fraction);
  return true;
}
bool write_link(const SummaryView& from, std::string& to) {
  return write_number(true, from.packet.notes.paint, to);
}
bool read_link(std::string_view from, SummaryDraft& to) {
  if (from == ">" || from == "<") {
    to.notes.paint = from == "<" ? 1 : 0;
    return true;
  }
  return read_number(from, to.notes.paint);
}
bool write_direction(const SummaryView& from, std::string& to) {
  const std::uint8_t paint = from.packet.notes.paint;
  to += paint == 0 ? ">" : (paint == 1 ? "<" : cat(paint));
  return true;
}
bool write_aggregate(const SummaryView& from, std::string& to) {
  return write_number(true, from.packet.notes.aggregate, to);
}
bool read_aggregate(std::string_view from, SummaryDraft& to) {
  return read_number(from, to.notes.aggregate);
}
bool write_wire_length(const SummaryView& from, std::string& to) {
  return write_number(true, from.packet.length, to);
}
bool read_wire_length(std::string_view from, SummaryDraft& to) {
  std::uint32_t length = 0;
  const bool good = read_number(from, length);
  to.wire_length = good ? std::optional(length) : to.wire_length;
  return good;
}

// --- IPv4

template <std::size_t at>
bool write_address(const SummaryView& from, std::string& to) {
  if (from.ip.size() < at + 4) {
    return false;
  }
  to += net::to_text(net::Ipv4Address::from_host(number_at(from.ip, at, 4))).view();
  return true;
}
template <std::size_t at>
bool read_address(std::string_view from, SummaryDraft& to) {
  net::Ipv4Address address;
  if (!graph::parse_argument(from, address).empty()) {
    return false;
  }
  to.has_ip = true;
  put(to.ip, at, 4, address.host());
  return true;
}

bool write_dscp(const SummaryView& from, std::string& to) {
  return write_number(from.ip.size() >= 2, from.ip.size() >= 2 ? from.ip[1] >> 2 : 0, to);
}
bool read_dscp(std::string_view from, SummaryDraft& to) {
  std::uint8_t dscp = 0;
  if (!read_number(from, dscp) || dscp >= 64) {
    return false;
  }
  to.has_ip = true;
  to.ip[1] = static_cast<std::uint8_t>(dscp << 2 | (to.ip[1] & 3));
  return true;
}

constexpr std::string_view kEcn[4][2] = {
    {"no", "0"}, {"ect1", "ECT(1)"}, {"ect2", "ECT(0)"}, {"ce", "CE"}};

bool write_ecn(const SummaryView& from, std::string& to) {
  if (from.ip.size() < 2) {
    return false;
  }
  to += kEcn[from.ip[1] & 3][0];
  return true;
}
bool read_ecn(std::string_view from, SummaryDraft& to) {
  for (std::uint8_t i = 0; i < 4; ++i) {
    if (from == kEcn[i][0] || from == kEcn[i][1] || from == cat(i)) {
      to.has_ip = true;
      to.ip[1] = static_cast<std::uint8_t>((to.ip[1] & ~3) | i);
      return true;
    }
  }
  return false;
}

constexpr std::uint32_t kDontFragment = 0x4000;
constexpr std::uint32_t kMoreFragments = 0x2000;
constexpr std::uint32_t kOffset = 0x1fff;

bool write_fragment(const SummaryView& from, std::string& to) {
  if (from.ip.size() < 8) {
    return false;
  }
  const std::uint32_t bits = number_at(from.ip, 6, 2);
  if ((bits & (kMoreFragments | kOffset)) != 0) {
    to += (bits & kOffset) == 0 ? 'F' : 'f';
  } else {
    to += (bits & kDontFragment) != 0 ? '!' : '.';
  }
  return true;
}
bool write_fragment_offset(const SummaryView& from, std::string& to) {
  if (from.ip.size() < 8) {
    return false;
  }
  const std::uint32_t bits = number_at(from.ip, 6, 2);
  to += cat((bits & kOffset) << 3, (bits & kMoreFragments) != 0 ? "+" : "",
            (bits & kDontFragment) != 0 ? "!" : "");
  return true;
}
// As written by either.
bool read_fragment(std::string_view from, SummaryDraft& to) {
  constexpr std::uint32_t kSomeOffset = 100;
  std::uint32_t bits = 0;
  if (from == "F") {
    bits = kMoreFragments;
  } else if (from == "f") {
    bits = kSomeOffset;
  } else if (from != ".") {
    while (from.ends_with('!') || from.ends_with('+')) {
      bits |= from.ends_with('!') ? kDontFragment : kMoreFragments;
      from.remove_suffix(1);
    }
    std::uint16_t offset = 0;
    if (!(from.empty() && bits != 0) && !read_number(from, offset)) {
      return false;
    }
    bits |= offset >> 3;
  }
  to.has_ip = true;
  put(to.ip, 6, 2, bits);
  return true;
}

bool write_checksum(const SummaryView& from, std::string& to) {
  return write_number(from.ip.size() >= 12, from.ip.size() >= 12 ? number_at(from.ip, 10, 2) : 0,
                      to);
}
bool read_checksum(std::string_view from, SummaryDraft& to) {
  std::uint16_t sum = 0;
  if (!read_number(from, sum)) {
    return false;
  }
  to.has_ip = true;
  to.ip_checksum = sum;
  return true;
}

bool write_protocol(const SummaryView& from, std::string& to) {
  if (from.ip.size() < 10) {
    return false;
  }
  to += from.protocol == kTcp    ? "T"
        : from.protocol == kUdp  ? "U"
        : from.protocol == kIcmp ? "I"
                                 : cat(from.protocol);
  return true;
}
bool read_protocol(std::string_view from, SummaryDraft& to) {
  const auto protocol = from == "T"   ? kTcp
                        : from == "U" ? kUdp
                        : from == "I"
                            ? kIcmp
                            : elements::read_number_or_name(from, elements::NameKind::kProtocol);
  if (!protocol || *protocol > 0xff) {
    return false;
  }
  to.has_ip = true;
  to.protocol = static_cast<std::uint8_t>(*protocol);
  return true;
}

bool write_ip_header_length(const SummaryView& from, std::string& to) {
  return write_number(!from.ip.empty(), from.ip.empty() ? 0 : 4 * (from.ip[0] & 0xf), to);
}
bool read_ip_header_length(std::string_view from, SummaryDraft& to) {
  std::uint8_t length = 0;
  if (!read_number(from, length) || length > 60) {
    return false;
  }
  to.has_ip = true;
  to.ip_header_length =
      std::max<std::size_t>(kIpHeader + to.ip_options.size(), (length + 3u) / 4 * 4);
  return true;
}
bool write_ip_length(const SummaryView& from, std::string& to) {
  const graph::Packet& packet = from.packet;
  return write_number(
      true, from.ip.empty() ? packet.length + packet.notes.extra_length : number_at(from.ip, 2, 2),
      to);
}
bool read_ip_length(std::string_view from, SummaryDraft& to) {
  std::uint32_t length = 0;
  if (!read_number(from, length)) {
    return false;
  }
  to.has_ip = true;
  to.ip_length = std::min<std::uint32_t>(length, kSummaryPacketBytesMax);
  return true;
}
bool write_captured_length(const SummaryView& from, std::string& to) {
  return write_number(true, from.ip.empty() ? from.packet.length : from.ip.size(), to);
}
bool ignore(std::string_view, SummaryDraft&) { return true; }

// --- transport

template <std::size_t at>
bool write_port(const SummaryView& from, std::string& to) {
  const bool there = has_ports(from.protocol) && from.transport.size() >= at + 2;
  return write_number(there, there ? number_at(from.transport, at, 2) : 0, to);
}
template <std::size_t at>
bool read_port(std::string_view from, SummaryDraft& to) {
  std::uint16_t port = 0;
  if (!read_number(from, port)) {
    return false;
  }
  to.has_ip = true;
  put(to.ports, at, 2, port);
  return true;
}

constexpr std::string_view kFlags = "FSRPAUECN";

bool write_tcp_flags(const SummaryView& from, std::string& to) {
  const base::ByteView tcp = header_of(Layer::kTcp, from);
  if (tcp.size() < 14) {
    return false;
  }
  const std::uint32_t bits = number_at(tcp, 12, 2) & 0x1ff;
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    if ((bits >> i & 1) != 0) {
      to += kFlags[i];
    }
  }
  to += bits == 0 ? "." : "";
  return true;
}
bool read_tcp_flags(std::string_view from, SummaryDraft& to) {
  std::uint16_t bits = 0;
  if (!read_number(from, bits)) {
    for (const char c : from) {
      const std::size_t flag = kFlags.find(c);
      if (flag == kFlags.npos && from != ".") {
        return false;
      }
      bits = from == "." ? bits : static_cast<std::uint16_t>(bits | 1u << flag);
    }
  }
  if (bits > 0x1ff) {
    return false;
  }
  to.has_ip = true;
  to.tcp[12] = static_cast<std::uint8_t>(bits >> 8);
  to.tcp[13] = static_cast<std::uint8_t>(bits);
  return true;
}
bool write_tcp_header_length(const SummaryView& from, std::string& to) {
  const base::ByteView tcp = header_of(Layer::kTcp, from);
  return write_number(tcp.size() >= 13, tcp.size() >= 13 ? 4u * (tcp[12] >> 4) : 0u, to);
}
bool read_tcp_header_length(std::string_view from, SummaryDraft& to) {
  std::uint8_t length = 0;
  if (!read_number(from, length) || length > 60) {
    return false;
  }
  to.has_ip = true;
  to.tcp_header_length = std::max<std::size_t>(20 + to.tcp_options.size(), (length + 3u) / 4 * 4);
  return true;
}

bool write_count(const SummaryView&, std::string& to) {
  to += '1';
  return true;
}

bool write_all_microseconds(const SummaryView& from, std::string& to) {
  to += cat(from.packet.notes.timestamp.count() / 1000);
  return true;
}

bool write_icmp_name(const SummaryView& from, std::string& to) {
  const base::ByteView icmp = header_of(Layer::kIcmp, from);
  if (icmp.empty()) {
    return false;
  }
  const std::string_view name = elements::name_of(icmp[0], elements::NameKind::kIcmpType);
  to += name.empty() ? cat(icmp[0]) : std::string(name);
  return true;
}
bool read_icmp_type(std::string_view from, SummaryDraft& to) {
  const auto type = elements::read_number_or_name(from, elements::NameKind::kIcmpType);
  if (!type || *type > 255) {
    return false;
  }
  to.has_ip = true;
  to.icmp[0] = static_cast<std::uint8_t>(*type);
  return true;
}

template <std::size_t at>
bool write_icmp_sequence(const SummaryView& from, std::string& to) {
  const base::ByteView icmp = header_of(Layer::kIcmp, from);
  const bool there = icmp.size() >= at + 2 && is_sequenced(icmp[0]);
  return write_number(there, there ? number_at(icmp, at, 2) : 0, to);
}
bool write_icmp_mtu(const SummaryView& from, std::string& to) {
  constexpr std::uint32_t kNeedsFragmentation = 3 << 8 | 4;
  const base::ByteView icmp = header_of(Layer::kIcmp, from);
  const bool there = icmp.size() >= 8 && number_at(icmp, 0, 2) == kNeedsFragmentation;
  return write_number(there, there ? number_at(icmp, 6, 2) : 0, to);
}

// --- payload

bool write_payload(const SummaryView& from, std::string& to) {
  bool there = false;
  const base::ByteView payload = payload_of(from, there);
  if (there) {
    to += graph::quote(base::text_of(payload));
  }
  return there;
}
bool read_payload(std::string_view from, SummaryDraft& to) {
  std::string text;
  if (!graph::parse_argument(from, text).empty() || text.size() > kSummaryPacketBytesMax) {
    return false;
  }
  to.has_ip = true;
  to.payload = std::move(text);
  return true;
}
bool write_payload_length(const SummaryView& from, std::string& to) {
  bool there = false;
  const base::ByteView payload = payload_of(from, there);
  return write_number(there, payload.size(), to);
}
bool read_payload_length(std::string_view from, SummaryDraft& to) {
  std::uint32_t length = 0;
  if (!read_number(from, length)) {
    return false;
  }
  to.has_ip = true;
  to.payload_length = std::min<std::uint32_t>(length, kSummaryPacketBytesMax);
  return true;
}

constexpr SummaryField special(std::string_view name,
                               bool (*write)(const SummaryView&, std::string&),
                               bool (*read)(std::string_view, SummaryDraft&)) {
  return {name, Layer::kNone, 0, 0, write, read};
}

constexpr SummaryField kFields[] = {
    special("timestamp", write_timestamp, read_timestamp),
    special("ntimestamp", write_timestamp, read_timestamp),
    special("ts_sec", write_seconds, read_seconds),
    special("ts_usec", write_microseconds, read_microseconds),
    special("link", write_link, read_link),
    special("paint", write_link, read_link),
    special("direction", write_direction, read_link),
    special("aggregate", write_aggregate, read_aggregate),
    special("wire_len", write_wire_length, read_wire_length),
    special("ts_usec1", write_all_microseconds, ignore),
    special("count", write_count, ignore),
    special("eth_dst", write_ether_destination, ignore),
    special("eth_src", write_ether_source, ignore),
    special("eth_type", write_ether_type, ignore),
    special("ip_src", write_address<12>, read_address<12>),
    special("ip_dst", write_address<16>, read_address<16>),
    {"ip_tos", Layer::kIp, 1, 1},
    special("ip_dscp", write_dscp, read_dscp),
    special("ip_ecn", write_ecn, read_ecn),
    {"ip_ttl", Layer::kIp, 8, 1},
    special("ip_frag", write_fragment, read_fragment),
    special("ip_fragoff", write_fragment_offset, read_fragment),
    {"ip_id", Layer::kIp, 4, 2},
    special("ip_sum", write_checksum, read_checksum),
    special("ip_proto", write_protocol, read_protocol),
    special("ip_hl", write_ip_header_length, read_ip_header_length),
    special("ip_len", write_ip_length, read_ip_length),
    special("ip_opt", write_ip_options, read_ip_options),
    special("ip_capture_len", write_captured_length, ignore),
    special("sport", write_port<0>, read_port<0>),
    special("dport", write_port<2>, read_port<2>),
    {"udp_len", Layer::kUdp, 4, 2},
    {"tcp_seq", Layer::kTcp, 4, 4},
    {"tcp_ack", Layer::kTcp, 8, 4},
    special("tcp_off", write_tcp_header_length, read_tcp_header_length),
    special("tcp_flags", write_tcp_flags, read_tcp_flags),
    {"tcp_window", Layer::kTcp, 14, 2},
    {"tcp_urp", Layer::kTcp, 18, 2},
    special("tcp_opt", write_tcp_options, read_tcp_options),
    special("tcp_ntopt", write_tcp_options_but_timestamp, read_tcp_options),
    special("tcp_sack", write_sack_options, read_tcp_options),
    {"icmp_type", Layer::kIcmp, 0, 1, nullptr, read_icmp_type},
    {"icmp_code", Layer::kIcmp, 1, 1},
    special("icmp_type_name", write_icmp_name, read_icmp_type),
    {"icmp_flowid", Layer::kIcmp, 4, 2, write_icmp_sequence<4>, nullptr},
    {"icmp_seq", Layer::kIcmp, 6, 2, write_icmp_sequence<6>, nullptr},
    {"icmp_nextmtu", Layer::kIcmp, 6, 2, write_icmp_mtu, nullptr},
    special("payload", write_payload, read_payload),
    special("payload_len", write_payload_length, read_payload_length),
    special("payload_md5", write_payload_md5, ignore),
    special("payload_md5_hex", write_payload_md5_hex, ignore),
};

constexpr std::string_view kSynonyms[][2] = {
    {"ts", "timestamp"},        {"utimestamp", "timestamp"}, {"sec", "ts_sec"},
    {"usec", "ts_usec"},        {"usec1", "ts_usec1"},       {"pkt_count", "count"},
    {"packet_count", "count"},  {"ether_src", "eth_src"},    {"ether_dst", "eth_dst"},
    {"ether_type", "eth_type"}, {"agg", "aggregate"},        {"wire_length", "wire_len"},
    {"length", "ip_len"},       {"ip_p", "ip_proto"},        {"tcp_seqno", "tcp_seq"},
    {"tcp_ackno", "tcp_ack"},   {"tcp_win", "tcp_window"},   {"payload_length", "payload_len"},
};

const SummaryField* find_exactly(std::string_view name) {
  for (const auto& [synonym, meaning] : kSynonyms) {
    name = name == synonym ? meaning : name;
  }
  const SummaryField* field = std::ranges::find(kFields, name, &SummaryField::name);
  return field == std::end(kFields) ? nullptr : field;
}

}  // namespace

const SummaryField* find_summary_field(std::string_view name) {
  const SummaryField* field = find_exactly(name);
  return field != nullptr ? field : find_exactly(cat("ip_", name));
}

void write_summary(const SummaryField& field, const SummaryView& from, std::string& to) {
  const base::ByteView header = header_of(field.layer, from);
  const std::size_t end = std::size_t{field.offset} + field.width;
  const bool written =
      field.write != nullptr
          ? field.write(from, to)
          : write_number(header.size() >= end,
                         header.size() >= end ? number_at(header, field.offset, field.width) : 0,
                         to);
  to += written ? "" : "-";
}

bool read_summary(const SummaryField& field, std::string_view from, SummaryDraft& to) {
  if (field.read != nullptr) {
    return field.read(from, to);
  }
  std::uint32_t number = 0;
  if (!read_number(from, number) || (field.width < 4 && number >> (8 * field.width) != 0)) {
    return false;
  }
  to.has_ip = true;
  put(header_of(field.layer, to), field.offset, field.width, number);
  return true;
}

}  // namespace superfluid::hostgraph
