// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp_ping_responder.h"

#include <utility>

#include "elements/icmp_checksum.h"
#include "elements/ip_header.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "net/checksum.h"
#include "net/icmp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

bool is_request(const Packet& packet) {
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr || datagram.header->protocol != net::IpProtocol::kIcmpv4 ||
      datagram.header->fragment_offset() != 0 ||
      datagram.payload_length < sizeof(net::IcmpHeader)) {
    return false;
  }
  return header_at<net::IcmpHeader>(packet, datagram.payload)->type == net::IcmpType::kEchoRequest;
}

}  // namespace

const graph::ElementClass ICMPPingResponder::kClass{"ICMPPingResponder", "1/1-2", "a/ah",
                                                    graph::make_element<ICMPPingResponder>};

Packet* ICMPPingResponder::act(Packet* packet) {
  if (!is_request(*packet)) [[unlikely]] {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  net::Ipv4Header& ip = *datagram.header;
  std::swap(ip.source, ip.destination);
  net::ChecksumDelta change;
  change.replace(ip.flags_and_offset, base::be16());
  change.replace(base::be16(static_cast<std::uint16_t>(ip.ttl << 8)), base::be16(0xff00));
  ip.flags_and_offset = {};
  ip.ttl = 255;
  ip.checksum = change.apply(ip.checksum);

  net::IcmpHeader& icmp = *header_at<net::IcmpHeader>(*packet, datagram.payload);
  net::ChecksumDelta answer;
  answer.replace(base::be16(static_cast<std::uint16_t>(
                     static_cast<unsigned>(net::IcmpType::kEchoRequest) << 8 | icmp.code)),
                 base::be16());
  icmp.type = net::IcmpType::kEchoReply;
  icmp.code = 0;
  icmp.checksum = answer.apply(icmp.checksum);
  mend_zero_checksum(datagram.bytes(), icmp.checksum);

  set_ipv4_destination(packet->notes, ip.destination);
  packet->notes.timestamp = schedule().time_of_day();
  packet->notes.paint = 0;
  return packet;
}

void ICMPPingResponder::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
