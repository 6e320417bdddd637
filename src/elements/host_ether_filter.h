// SPDX-License-Identifier: Apache-2.0
// HostEtherFilter: does what an Ethernet device does: drops what is for others, and notes for whom
// the rest is.
//
//   HostEtherFilter(ETHER [, DROP_OWN, DROP_OTHER] [, OFFSET n])
//
// Arguments  ETHER       the device's address
//            DROP_OWN    whether packets from ETHER are filtered. Default false.
//            DROP_OTHER  whether packets to other hosts are. Default true.
//            OFFSET      where in the packet the Ethernet header begins. Default 0.
// Ports      1 input, push or pull; 1 or 2 outputs: 0 what passes, 1 (push) what is filtered
// Drops      what is filtered, and what is too short for a header, when output 1 is not connected
// Handlers   ether (rw), drops (r)  ETHER; packets filtered so far
// Example    f -> HostEtherFilter(2:0:0:0:0:1) -> t;
//
// Packets are noted as for this host, broadcast, multicast, or for another host.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class HostEtherFilter final : public graph::PerPacket<HostEtherFilter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  // Notes for whom it is; false for one to be filtered.
  bool passes(graph::Packet& packet) const;

  net::MacAddress address_;
  std::uint32_t offset_ = 0;
  bool drop_own_ = false;
  bool drop_other_ = true;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
