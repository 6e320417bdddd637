// SPDX-License-Identifier: Apache-2.0
#include "elements/address_change.h"

#include "base/check.h"
#include "net/checksum.h"
#include "net/icmp.h"
#include "net/tcp.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

// Later fragments have no transport header, the first may end within it.
void update_transport(const Ipv4Datagram& datagram, const net::ChecksumDelta& delta) {
  if (datagram.header->fragment_place() == net::FragmentPlace::kLater) {
    return;
  }
  if (datagram.header->protocol == net::IpProtocol::kTcp &&
      datagram.payload_length >= sizeof(net::TcpHeader)) {
    auto* const tcp = reinterpret_cast<net::TcpHeader*>(datagram.payload);
    tcp->checksum = delta.apply(tcp->checksum);
  } else if (datagram.header->protocol == net::IpProtocol::kUdp &&
             datagram.payload_length >= sizeof(net::UdpHeader)) {
    auto* const udp = reinterpret_cast<net::UdpHeader*>(datagram.payload);
    udp->checksum = delta.apply_udp(udp->checksum);
  }
}

net::ChecksumDelta change(net::Ipv4Header& header, net::Ipv4Address& field,
                          const net::Ipv4Address& to) {
  net::ChecksumDelta delta;
  delta.replace(field, to);
  field = to;
  header.checksum = delta.apply(header.checksum);
  return delta;
}

}  // namespace

void change_address(const Ipv4Datagram& datagram, net::Ipv4Address& field,
                    const net::Ipv4Address& to) {
  update_transport(datagram, change(*datagram.header, field, to));
}

void change_quoted_address(const Ipv4Datagram& error, QuotedField field,
                           const net::Ipv4Address& to) {
  base::check(error.payload_length >= sizeof(net::IcmpHeader) + sizeof(net::Ipv4Header),
              "an ICMP error quotes a header");
  auto& header = *reinterpret_cast<net::Ipv4Header*>(error.payload + sizeof(net::IcmpHeader));
  change(header, field == QuotedField::kSource ? header.source : header.destination, to);
}

}  // namespace superfluid::elements
