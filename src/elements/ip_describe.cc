// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_describe.h"

#include "base/text.h"
#include "elements/ip_names.h"
#include "net/icmp.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {

using base::cat;

namespace {

constexpr std::size_t kPortsBytes = 4;

std::uint16_t u16(base::ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t u32(base::ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(u16(bytes, at)) << 16 | u16(bytes, at + 2);
}

std::string hosts(const net::Ipv4Header& header) {
  return cat(to_text(header.source).view(), " > ", to_text(header.destination).view(), ": ");
}

std::string hosts_and_ports(const net::Ipv4Header& header, base::ByteView transport) {
  return cat(to_text(header.source).view(), ".", u16(transport, 0), " > ",
             to_text(header.destination).view(), ".", u16(transport, 2), ": ");
}

std::string tcp(const net::Ipv4Header& header, base::ByteView transport,
                std::uint32_t packet_length) {
  constexpr std::size_t kToFlags = 14;
  constexpr std::size_t kToWindow = 16;
  constexpr unsigned kFin = 1;
  constexpr unsigned kSyn = 2;
  constexpr unsigned kRst = 4;
  constexpr unsigned kPsh = 8;
  constexpr unsigned kAck = 16;
  std::string text = hosts_and_ports(header, transport);
  if (transport.size() < kToFlags) {
    return text + "truncated-tcp";
  }
  const unsigned flags = transport[13];
  const int total = header.total_length.host();
  const int used = total - static_cast<int>(header.header_length()) - 4 * (transport[12] >> 4) +
                   ((flags & kSyn) != 0 ? 1 : 0) + ((flags & kFin) != 0 ? 1 : 0);
  text += (flags & kSyn) != 0 ? "S" : "";
  text += (flags & kFin) != 0 ? "F" : "";
  text += (flags & kRst) != 0 ? "R" : "";
  text += (flags & kPsh) != 0 ? "P" : "";
  text += (flags & (kSyn | kFin | kRst | kPsh)) == 0 ? "." : "";
  const std::uint32_t sequence = u32(transport, 4);
  text += cat(" ", sequence, ":", sequence + static_cast<std::uint32_t>(used), "(", used, ",",
              packet_length, ",", total, ")");
  if ((flags & kAck) != 0) {
    text += cat(" ack ", u32(transport, 8));
  }
  return transport.size() < kToWindow ? text + "truncated-tcp"
                                      : cat(text, " win ", u16(transport, 14));
}

std::string udp(const net::Ipv4Header& header, base::ByteView transport) {
  const std::string text = hosts_and_ports(header, transport);
  return transport.size() < sizeof(net::UdpHeader) ? text + "truncated-udp"
                                                   : cat(text, "udp ", u16(transport, 4));
}

std::string protocol_name(net::IpProtocol protocol, std::string_view before_number) {
  const auto number = static_cast<std::uint32_t>(protocol);
  const std::string_view name = name_of(number, NameKind::kProtocol);
  return name.empty() ? cat(before_number, number) : std::string(name);
}

// Destination unreachable: who could not be reached, and what of him.
std::string unreachable(base::ByteView transport) {
  constexpr std::uint8_t kProtocol = 2;
  constexpr std::uint8_t kPort = 3;
  const std::uint8_t code = transport[1];
  const std::string_view name = name_of_icmp_code(code, 3);
  const std::string code_text = name.empty() ? cat("code ", code) : std::string(name);
  if (transport.size() < sizeof(net::IcmpHeader) + sizeof(net::Ipv4Header)) {
    return cat("icmp unreachable ", code_text, " truncated-icmp");
  }
  const base::ByteView quoted = transport.subspan(sizeof(net::IcmpHeader));
  const auto& inner = *reinterpret_cast<const net::Ipv4Header*>(quoted.data());
  const std::string text =
      cat("icmp ", to_text(inner.destination).view(), " unreachable ", code_text);
  if (code == kProtocol) {
    return cat(text, " ", protocol_name(inner.protocol, ""));
  }
  if (code == kPort) {
    const std::string protocol = protocol_name(inner.protocol, "protocol ");
    const std::size_t ports = inner.header_length();
    return quoted.size() < ports + kPortsBytes
               ? cat(text, " ", protocol, "truncated-icmp")
               : cat(text, " ", protocol, "/", u16(quoted, ports + 2));
  }
  const std::uint16_t mtu = u16(transport, 6);
  return code == net::kIcmpFragmentationNeeded && mtu != 0 ? cat(text, " (mtu ", mtu, ")") : text;
}

std::string echo(std::string_view name, base::ByteView transport, bool swap) {
  if (transport.size() < sizeof(net::IcmpHeader)) {
    return cat("icmp ", name, " truncated-icmp");
  }
  const auto shown = [&](std::size_t at) {
    const std::uint16_t meant = u16(transport, at);
    return swap ? meant : __builtin_bswap16(meant);
  };
  return cat("icmp ", name, " (", shown(4), ", ", shown(6), ")");
}

std::string icmp(base::ByteView transport, bool swap) {
  constexpr std::size_t kTypeAndCode = 2;
  if (transport.size() < kTypeAndCode) {
    return "truncated-icmp";
  }
  const std::uint8_t type = transport[0];
  const std::uint8_t code = transport[1];
  switch (static_cast<net::IcmpType>(type)) {
    case net::IcmpType::kEchoReply: return echo("echo-reply", transport, swap);
    case net::IcmpType::kEchoRequest: return echo("echo", transport, swap);
    case net::IcmpType::kDestinationUnreachable: return unreachable(transport);
    default: break;
  }
  const std::string_view type_name = name_of(type, NameKind::kIcmpType);
  const std::string_view code_name = name_of_icmp_code(code, type);
  return cat("icmp ", type_name.empty() ? cat("type ", type) : std::string(type_name),
             !code_name.empty() ? cat(" ", code_name)
             : code != 0        ? cat(" code ", code)
                                : std::string());
}

}  // namespace

std::string describe_ipv4(const net::Ipv4Header& header, base::ByteView transport,
                          const DescribeOptions& options) {
  const bool later = header.fragment_offset() != 0;
  switch (header.protocol) {
    case net::IpProtocol::kTcp:
      if (later || transport.size() < kPortsBytes) {
        return hosts(header) + (later ? "tcp" : "truncated-tcp");
      }
      return tcp(header, transport, options.packet_length);
    case net::IpProtocol::kUdp:
      if (later || transport.size() < kPortsBytes) {
        return hosts(header) + (later ? "udp" : "truncated-udp");
      }
      return udp(header, transport);
    case net::IpProtocol::kIcmpv4:
      return hosts(header) + (later ? std::string("icmp") : icmp(transport, options.swap_echo));
    default: return cat(hosts(header), "ip-proto-", static_cast<unsigned>(header.protocol));
  }
}

}  // namespace superfluid::elements
