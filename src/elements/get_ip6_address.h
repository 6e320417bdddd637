// SPDX-License-Identifier: Apache-2.0
// GetIP6Address: takes an address out of the packet as its destination annotation.
// SetIP6Address: notes a fixed address as the packet's destination.
//
//   GetIP6Address(OFFSET)
//   SetIP6Address(IPADDR)
//
// Arguments  OFFSET  where in the packet the address is: 24 in an IPv6 packet.
//            IPADDR  the address.
// Ports      1 input, 1 output, push or pull
// Handlers   addr (rw)  SetIP6Address: as IPADDR
// Example    f -> Strip(14) -> CheckIP6Header -> GetIP6Address(24) -> LookupIP6Route(...);
//
// The packet's bytes stay as they are: the annotation says where the next hop is. A packet without
// the bytes at OFFSET passes with the annotation `::`.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class GetIP6Address final : public graph::PerPacket<GetIP6Address> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint32_t offset_ = 0;
};

class SetIP6Address final : public graph::PerPacket<SetIP6Address> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet) {
    packet->notes.destination = address_;
    return packet;
  }

 private:
  net::Ipv6Address address_;
};

}  // namespace superfluid::elements
