// SPDX-License-Identifier: Apache-2.0
#include "elements/check_udp_header.h"

#include "net/udp.h"

namespace superfluid::elements {

const graph::ElementClass CheckUDPHeader::kClass{"CheckUDPHeader", "1/1-2", "a/ah",
                                                 graph::make_element<CheckUDPHeader>};

TransportVerdict CheckUDPHeader::judge(const net::Ipv4Header& ip, base::ByteView datagram) {
  const auto udp = net::parse_udp(datagram);
  if (!udp) {
    return TransportVerdict::kBadLength;
  }
  const net::PseudoHeader pseudo(ip.source, ip.destination);
  return net::verify_checksum(*udp, pseudo) ? TransportVerdict::kSound
                                            : TransportVerdict::kBadChecksum;
}

}  // namespace superfluid::elements
