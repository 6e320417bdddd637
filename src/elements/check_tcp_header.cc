// SPDX-License-Identifier: Apache-2.0
#include "elements/check_tcp_header.h"

#include "net/tcp.h"

namespace superfluid::elements {

const graph::ElementClass CheckTCPHeader::kClass{"CheckTCPHeader", "1/1-2", "a/ah",
                                                 graph::make_element<CheckTCPHeader>};

TransportVerdict CheckTCPHeader::judge(const net::Ipv4Header& ip, base::ByteView datagram) {
  const auto tcp = net::parse_tcp(datagram);
  if (!tcp) {
    return TransportVerdict::kBadLength;
  }
  const net::PseudoHeader pseudo(ip.source, ip.destination);
  return net::verify_checksum(*tcp, pseudo) ? TransportVerdict::kSound
                                            : TransportVerdict::kBadChecksum;
}

}  // namespace superfluid::elements
