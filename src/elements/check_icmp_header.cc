// SPDX-License-Identifier: Apache-2.0
#include "elements/check_icmp_header.h"

#include "net/icmp.h"

namespace superfluid::elements {

namespace {

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

}  // namespace

const graph::ElementClass CheckICMPHeader::kClass{"CheckICMPHeader", "1/1-2", "a/ah",
                                                  graph::make_element<CheckICMPHeader>};

TransportVerdict CheckICMPHeader::judge(const net::Ipv4Header&, base::ByteView datagram) {
  const auto icmp = net::parse_icmp(datagram);
  if (!icmp || !fits(static_cast<std::uint8_t>(icmp->header->type), icmp->message.size())) {
    return TransportVerdict::kBadLength;
  }
  return net::verify_checksum(*icmp) ? TransportVerdict::kSound : TransportVerdict::kBadChecksum;
}

}  // namespace superfluid::elements
