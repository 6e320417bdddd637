// SPDX-License-Identifier: Apache-2.0
#include "elements/check_icmp_header.h"

#include "elements/ip_header.h"
#include "net/icmp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

enum Reason : std::size_t { kNotIt, kBadLength, kBadChecksum, kSound };
constexpr std::string_view kReasons[] = {"not ICMP", "bad packet length", "bad ICMP checksum"};

// Whether a message of its type may be so long.
bool fits(std::uint8_t type, std::size_t length) {
  constexpr std::size_t kQuotedMin = 28;
  switch (type) {
    case 3:   // destination unreachable
    case 4:   // source quench
    case 5:   // redirect
    case 11:  // time exceeded
    case 12:  // parameter problem
      return length >= sizeof(net::IcmpHeader) + kQuotedMin;
    case 13:  // timestamp
    case 14:  // timestamp reply
      return length == 20;
    case 15:  // information request
    case 16:  // information reply
      return length == sizeof(net::IcmpHeader);
    default: return true;
  }
}

Reason reason_to_refuse(const Packet& packet) {
  const net::Ipv4Header* const ip = ipv4_header(packet);
  if (ip == nullptr || ip->protocol != net::IpProtocol::kIcmpv4) {
    return kNotIt;
  }
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr) {
    return kBadLength;
  }
  const auto icmp = net::parse_icmp(datagram.bytes());
  if (!icmp || !fits(static_cast<std::uint8_t>(icmp->header->type), icmp->message.size())) {
    return kBadLength;
  }
  return net::verify_checksum(*icmp) ? kSound : kBadChecksum;
}

}  // namespace

const graph::ElementClass CheckICMPHeader::kClass{"CheckICMPHeader", "1/1-2", "a/ah",
                                                  graph::make_element<CheckICMPHeader>};

CheckICMPHeader::CheckICMPHeader() : check_("ICMP", kReasons) {}

Packet* CheckICMPHeader::act(Packet* packet) {
  const Reason reason = reason_to_refuse(*packet);
  if (reason == kSound) [[likely]] {
    return packet;
  }
  check_.count(*this, reason);
  reject(packet);
  return nullptr;
}

}  // namespace superfluid::elements
