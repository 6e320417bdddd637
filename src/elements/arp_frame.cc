// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_frame.h"

namespace superfluid::elements {

using graph::Packet;

Packet* make_arp_frame(graph::PacketPool& pool, const net::MacAddress& to,
                       const net::ArpFields& fields) {
  Packet* const packet = pool.make(sizeof(net::EthernetHeader) + sizeof(net::ArpHeader));
  if (packet == nullptr) {
    return nullptr;
  }
  base::Writer writer(packet->bytes());
  net::write_ethernet(
      writer, {.destination = to, .source = fields.sender_mac, .ethertype = net::EtherType::kArp});
  net::write_arp(writer, fields);
  packet->mac = packet->data;
  packet->network = packet->data + sizeof(net::EthernetHeader);
  return packet;
}

const net::ArpHeader* arp_of_frame(const Packet& packet) {
  const auto frame = net::parse_ethernet(packet.bytes());
  if (!frame || frame->header->ethertype() != net::EtherType::kArp) {
    return nullptr;
  }
  const auto arp = net::parse_arp(frame->payload);
  return arp ? *arp : nullptr;
}

}  // namespace superfluid::elements
