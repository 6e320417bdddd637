// SPDX-License-Identifier: Apache-2.0
// EtherEncap: puts an Ethernet header in front of packets.
//
//   EtherEncap(ETHERTYPE, SRC, DST)
//
// Arguments  ETHERTYPE  what the packets are, such as 0x0800
//            SRC, DST   Ethernet addresses
// Ports      1 input, 1 output, push or pull
// Drops      packets that would grow beyond what a packet can hold
// Handlers   src, dst, ethertype (rw)  as the arguments; etht is ethertype's old name
//            drops (r)
// Example    f -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> t;

#pragma once

#include "graph/element.h"
#include "net/ether.h"

namespace superfluid::elements {

class EtherEncap final : public graph::PerPacket<EtherEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::EthernetHeader header_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
