// SPDX-License-Identifier: Apache-2.0
#include "elements/tcp_reflector.h"

#include "elements/ip_header.h"
#include "elements/values.h"
#include "net/tcp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

constexpr std::size_t kAnswerBytes = sizeof(net::Ipv4Header) + sizeof(net::TcpHeader);

bool is_single_host(const net::Ipv4Address& address) {
  return address.bytes[0] != 0 && !address.is_multicast() && !address.is_broadcast();
}

// The SYN to answer; nullptr when it is none.
const net::TcpHeader* syn_of(const Packet& packet) {
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr || datagram.header->protocol != net::IpProtocol::kTcp ||
      datagram.header->fragment_place() != net::FragmentPlace::kWhole ||
      !is_single_host(datagram.header->source) || !is_single_host(datagram.header->destination)) {
    return nullptr;
  }
  const auto tcp = net::parse_tcp(datagram.bytes());
  return tcp && tcp->header->has(net::kTcpSyn) && !tcp->header->has(net::kTcpAck) &&
                 !tcp->header->has(net::kTcpRst)
             ? tcp->header
             : nullptr;
}

// What a segment takes of the sequence space.
std::uint32_t sequence_length(const Ipv4Datagram& datagram, const net::TcpHeader& tcp) {
  return static_cast<std::uint32_t>(datagram.payload_length - tcp.header_length()) + 1 +
         (tcp.has(net::kTcpFin) ? 1 : 0);
}

}  // namespace

const graph::ElementClass TCPReflector::kClass{"TCPReflector", "1/1-2", "a/ah",
                                               graph::make_element<TCPReflector>};

Packet* TCPReflector::act(Packet* packet) {
  if (syn_of(*packet) == nullptr) {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) {
    return nullptr;
  }
  const Ipv4Datagram datagram = ipv4_datagram(*packet);
  const net::Ipv4Header ip = *datagram.header;
  const net::TcpHeader tcp = *header_at<net::TcpHeader>(*packet, datagram.payload);
  const std::uint32_t acknowledged = tcp.sequence.host() + sequence_length(datagram, tcp);
  base::Writer writer({packet->network, kAnswerBytes});
  net::write_ipv4(writer,
                  {.dont_fragment = true,
                   .protocol = net::IpProtocol::kTcp,
                   .source = ip.destination,
                   .destination = ip.source},
                  sizeof(net::TcpHeader));
  net::write_tcp(writer,
                 {.source_port = tcp.destination_port.host(),
                  .destination_port = tcp.source_port.host(),
                  .acknowledgment = acknowledged,
                  .flags = net::kTcpRst | net::kTcpAck},
                 net::PseudoHeader(ip.destination, ip.source), {});
  packet->take(static_cast<std::uint32_t>(packet->from(packet->network).size() - kAnswerBytes));
  packet->transport = packet->network + sizeof(net::Ipv4Header);
  set_ipv4_destination(packet->notes, ip.source);
  return packet;
}

void TCPReflector::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
