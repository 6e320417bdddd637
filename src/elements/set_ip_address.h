// SPDX-License-Identifier: Apache-2.0
// SetIPAddress: notes a fixed address as the packet's destination.
//
//   SetIPAddress(IPADDR)
//
// Arguments  IPADDR  the address.
//            ANNO    where to: DST_IP, which is also the default, or its number 0.
// Ports      1 input, 1 output, push or pull
// Handlers   addr (rw)  as IPADDR
// Example    f -> SetIPAddress(10.0.0.1) -> ARPQuerier(...);
//
// The packet's bytes stay as they are: this says where the next hop is.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class SetIPAddress final : public graph::PerPacket<SetIPAddress> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::Ipv4Address address_;
};

}  // namespace superfluid::elements
