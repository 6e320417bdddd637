// SPDX-License-Identifier: Apache-2.0
#include "elements/set_udp_checksum.h"

#include "base/text.h"
#include "elements/ip_header.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass SetUDPChecksum::kClass{"SetUDPChecksum", "1/1-2", "a/ah",
                                                 graph::make_element<SetUDPChecksum>};

Packet* SetUDPChecksum::act(Packet* packet) {
  const Ipv4Datagram seen = ipv4_datagram(*packet);
  const bool whole = seen.header != nullptr &&
                     seen.header->fragment_place() == net::FragmentPlace::kWhole &&
                     net::parse_udp(seen.bytes());
  if (!whole) [[unlikely]] {
    if (++drops_ == 1 && outputs() == 1) {
      router().errors().write(base::cat(name(), ": fragment or short packet\n"));
    }
    reject(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  auto* const udp = header_at<net::UdpHeader>(*packet, datagram.payload);
  const std::size_t length = udp->length.host();
  udp->checksum = {};
  net::InternetSum sum = net::PseudoHeader(datagram.header->source, datagram.header->destination)
                             .sum(net::IpProtocol::kUdp, length);
  sum.add(datagram.bytes().first(length));
  udp->checksum = sum.udp_checksum();
  return packet;
}

void SetUDPChecksum::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
