// SPDX-License-Identifier: Apache-2.0
// FromHost: an Ethernet interface of this host; sends what the host sends on it.
// ToHost: gives packets to the host through the FromHost of the same interface.
//
//   FromHost(DEVNAME [, DST, GATEWAY address, ETHER mac, MTU int, BURST int, HEADROOM int])
//   ToHost(DEVNAME)
//
// Arguments  DEVNAME   the interface's name. FromHost makes it.
//            DST       the host's own IPv4 address on it and its network: 192.0.2.1/24. Default:
//                      it gets none.
//            GATEWAY   a host of that network, to which a default route leads. Default: no route.
//            ETHER     the interface's MAC address. Default: the kernel chooses.
//            MTU       68 to 65535. Default 1500.
//            BURST     most packets of one turn, 1 to 4096. Default 64.
//            HEADROOM  free bytes before each packet, at most 8192. Default 64.
// Ports      FromHost: 1 push output; ToHost: 1 push input
// Drops      packets longer than MTU allows, packets that the kernel refuses
// Handlers   FromHost: dev_name, packets, drops, selected_calls (r)  as of KernelTap; drops also
//                      counts those of ToHost
//            ToHost: drops (r)  the same number
// Example    FromHost(host0, 192.0.2.1/24) -> c :: Classifier(12/0806, -);
//            c [0] -> ARPResponder(0.0.0.0/0 2:0:0:0:0:1) -> ToHost(host0);   c [1] -> Discard;
//
// Needs CAP_NET_ADMIN. The interface disappears with the graph. A live reconfiguration keeps it
// when the element's name and all but BURST and HEADROOM stay as they are.

#pragma once

#include <string>

#include "hostgraph/host_link.h"

namespace superfluid::hostgraph {

class FromHost final : public HostLink {
 public:
  static const graph::ElementClass kClass;

  FromHost() : HostLink(os::Tap::Kind::kEthernet) {}

 private:
  void read_arguments(graph::Arguments& arguments) override;
  bool check_read(graph::Packet& packet) override;
  const std::uint8_t* check_write(const graph::Packet& packet) override;
};

class ToHost final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t, graph::Batch batch) override { host_->write(batch); }

 private:
  FromHost* host_ = nullptr;
};

}  // namespace superfluid::hostgraph
