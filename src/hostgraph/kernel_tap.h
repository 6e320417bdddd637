// SPDX-License-Identifier: Apache-2.0
// KernelTap: an Ethernet interface of this host whose other end is the graph.
// KernelTun: the same without Ethernet: packets begin with their IP header.
//
//   KernelTap(ADDR/MASK [, GATEWAY address, ETHER mac, MTU int, BURST int, HEADROOM int,
//             DEVNAME name, IGNORE_QUEUE_OVERFLOWS bool])
//   KernelTun(the same; ETHER is of no use)
//
// Arguments  ADDR/MASK  the host's own IPv4 address on the interface, and its network.
//            GATEWAY    a host of that network, reached through the graph, to which a default
//                       route leads. Default: no route.
//            ETHER      the interface's MAC address; frames for the host are sent to it. Default:
//                       the kernel chooses.
//            MTU        68 to 65535. Default 1500.
//            BURST      most packets of one turn, 1 to 4096. Default 64.
//            HEADROOM   free bytes before each packet, at most 8192. Default 64.
//            DEVNAME    the interface's name. Default: the kernel chooses.
//            IGNORE_QUEUE_OVERFLOWS  accepted: the same trouble is told once in any case.
// Ports      up to 1 input, push or pull: packets for the host; 1 or 2 push outputs: packets from
//            the host, and, of KernelTun, what the host sends that is no IP
// Drops      packets longer than MTU allows, packets that the kernel refuses; with KernelTun
//            packets whose IP header is not marked or of an unknown version, and without the
//            second output those that are no IP
// Handlers   dev_name (r)        the interface's name
//            packets, drops (r)  packets read from the host, packets dropped
//            selected_calls (r)  how often the kernel told of packets
// Example    t :: KernelTun(192.0.2.1/24) -> IPClassifier(icmp type echo)
//              -> ICMPPingResponder -> t;
//
// The host answers for ADDR itself; packets for the rest of the network come to the graph. With
// KernelTap it asks by ARP first, which the graph has to answer. Needs CAP_NET_ADMIN. The interface
// disappears with the graph. A live reconfiguration keeps it when the element's name and all but
// BURST and HEADROOM stay as they are; another element cannot have its DEVNAME then.

#pragma once

#include <string>

#include "graph/notifier.h"
#include "hostgraph/host_link.h"

namespace superfluid::hostgraph {

// What the two share.
class KernelLink : public HostLink {
 public:
  base::Status initialize() final;
  void push(std::uint32_t, graph::Batch batch) final { write(batch); }
  bool run_task(graph::Task& task) final;

 protected:
  using HostLink::HostLink;
  void read_arguments(graph::Arguments& arguments) final;

 private:
  graph::Task pulling_{*this};
  graph::Signal empty_;
};

class KernelTap final : public KernelLink {
 public:
  static const graph::ElementClass kClass;

  KernelTap() : KernelLink(os::Tap::Kind::kEthernet) {}

 private:
  bool check_read(graph::Packet& packet) override;
  const std::uint8_t* check_write(const graph::Packet& packet) override;
};

class KernelTun final : public KernelLink {
 public:
  static const graph::ElementClass kClass;

  KernelTun() : KernelLink(os::Tap::Kind::kIp) {}

 private:
  bool check_read(graph::Packet& packet) override;
  const std::uint8_t* check_write(const graph::Packet& packet) override;
};

}  // namespace superfluid::hostgraph
