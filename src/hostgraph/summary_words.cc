// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/summary_words.h"

#include <algorithm>

#include "base/text.h"
#include "elements/values.h"
#include "hostgraph/md5.h"
#include "hostgraph/summary_options.h"
#include "net/ether.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kUdpLite = 136;
constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kTcpHeader = 20;

// The whole header, empty when some of it was not kept.
base::ByteView whole_tcp_header(const SummaryView& from) {
  const base::ByteView tcp = from.protocol == kTcp ? from.transport : base::ByteView();
  const std::size_t length = tcp.size() < kTcpHeader ? 0 : 4u * (tcp[12] >> 4);
  return length < kTcpHeader || length > tcp.size() ? base::ByteView() : tcp.first(length);
}

bool write_some_tcp_options(const SummaryView& from, TcpOptions which, std::string& to) {
  const base::ByteView header = whole_tcp_header(from);
  if (!header.empty()) {
    to += tcp_options_text(header.subspan(kTcpHeader), which);
  }
  return !header.empty();
}

// The link-layer header, which may be in front of the packet's bytes; nullptr when there is none.
const net::EthernetHeader* ether_header(const SummaryView& from) {
  const graph::Packet& packet = from.packet;
  const std::uint8_t* const end = packet.data + packet.length;
  const bool there = packet.mac != nullptr && packet.mac >= packet.head && packet.mac <= end &&
                     static_cast<std::size_t>(end - packet.mac) >= sizeof(net::EthernetHeader);
  return there ? reinterpret_cast<const net::EthernetHeader*>(packet.mac) : nullptr;
}

}  // namespace

base::ByteView payload_of(const SummaryView& view, bool& there) {
  if (view.ip.empty()) {
    there = true;
    return view.packet.bytes();
  }
  std::size_t header = 0;
  if (view.protocol == kTcp && !view.transport.empty()) {
    const std::size_t stated = view.transport.size() >= 13 ? 4u * (view.transport[12] >> 4) : 0u;
    header = std::max<std::size_t>(20, stated);
  } else if ((view.protocol == kUdp || view.protocol == kUdpLite) && !view.transport.empty()) {
    header = 8;
  }
  const std::size_t skipped = 4u * (view.ip[0] & 0xf) + header;
  there = skipped <= view.ip.size();
  return there ? view.ip.subspan(skipped) : base::ByteView();
}

bool write_tcp_options(const SummaryView& from, std::string& to) {
  return write_some_tcp_options(from, TcpOptions::kAll, to);
}
bool write_tcp_options_but_timestamp(const SummaryView& from, std::string& to) {
  return write_some_tcp_options(from, TcpOptions::kAllButTimestamp, to);
}
bool write_sack_options(const SummaryView& from, std::string& to) {
  return write_some_tcp_options(from, TcpOptions::kSack, to);
}
bool read_tcp_options(std::string_view from, SummaryDraft& to) {
  if (!read_tcp_options(from, to.tcp_options)) {
    return false;
  }
  to.has_ip = true;
  to.tcp_header_length = std::max(to.tcp_header_length, kTcpHeader + to.tcp_options.size());
  return true;
}

bool write_ip_options(const SummaryView& from, std::string& to) {
  const std::size_t length = from.ip.empty() ? 0 : 4u * (from.ip[0] & 0xf);
  if (length < kIpHeader || length > from.ip.size()) {
    return false;
  }
  to += ip_options_text(from.ip.subspan(kIpHeader, length - kIpHeader));
  return true;
}
bool read_ip_options(std::string_view from, SummaryDraft& to) {
  if (!read_ip_options(from, to.ip_options)) {
    return false;
  }
  to.has_ip = true;
  to.ip_header_length = std::max(to.ip_header_length, kIpHeader + to.ip_options.size());
  return true;
}

bool write_ether_destination(const SummaryView& from, std::string& to) {
  const net::EthernetHeader* const header = ether_header(from);
  to += header == nullptr ? "" : elements::show(header->destination);
  return header != nullptr;
}
bool write_ether_source(const SummaryView& from, std::string& to) {
  const net::EthernetHeader* const header = ether_header(from);
  to += header == nullptr ? "" : elements::show(header->source);
  return header != nullptr;
}
bool write_ether_type(const SummaryView& from, std::string& to) {
  const net::EthernetHeader* const header = ether_header(from);
  if (header != nullptr) {
    std::string digits = cat(base::Hex{header->type_or_length.host(), 4});
    std::ranges::transform(digits, digits.begin(), [](char c) {
      return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    to += digits;
  }
  return header != nullptr;
}

bool write_payload_md5(const SummaryView& from, std::string& to) {
  bool there = false;
  const base::ByteView payload = payload_of(from, there);
  to += there ? md5_text(md5(payload)) : "";
  return there;
}

bool write_payload_md5_hex(const SummaryView& from, std::string& to) {
  bool there = false;
  const base::ByteView payload = payload_of(from, there);
  to += there ? md5_hex(md5(payload)) : "";
  return there;
}

std::string_view what_is_bad(const SummaryView& view) {
  if (view.ip.empty()) {
    return "no IP header";
  }
  const bool later_fragment = view.ip.size() >= 8 && ((view.ip[6] & 0x1f) | view.ip[7]) != 0;
  if (view.ip.size() < 4u * (view.ip[0] & 0xf)) {
    return "truncated IP header capture";
  }
  if (later_fragment) {
    return {};
  }
  switch (view.protocol) {
    case kTcp: return whole_tcp_header(view).empty() ? "truncated TCP header capture" : "";
    case kUdp: return view.transport.size() < 8 ? "truncated UDP header capture" : "";
    case kIcmp: return view.transport.size() < 8 ? "truncated ICMP header capture" : "";
    default: return {};
  }
}

}  // namespace superfluid::hostgraph
