// SPDX-License-Identifier: Apache-2.0
// ARP packets in Ethernet frames: made and read by the elements that speak ARP.

#pragma once

#include "graph/packet.h"
#include "net/arp.h"
#include "net/ether.h"

namespace superfluid::elements {

// From fields.sender_mac, with both headers noted; nullptr when there is no memory.
graph::Packet* make_arp_frame(graph::PacketPool& pool, const net::MacAddress& to,
                              const net::ArpFields& fields);

// The ARP header of a frame that begins with its Ethernet header; nullptr when it is none for IPv4
// over Ethernet.
const net::ArpHeader* arp_of_frame(const graph::Packet& packet);

}  // namespace superfluid::elements
