// SPDX-License-Identifier: Apache-2.0
// FromDevice: sends the packets that a network interface receives.
//
//   FromDevice(DEVNAME [, PROMISC bool, SNAPLEN int, SNIFFER bool, FORCE_IP bool, METHOD word,
//              PROTOCOL int, OUTBOUND bool, HEADROOM int, BURST int, TIMESTAMP bool])
//
// Arguments  DEVNAME    the interface's name; it must exist, and may be down.
//            PROMISC    takes packets for other hosts too. Default false.
//            SNAPLEN    packets are cut to so many bytes, 14 to 65535. Default 2046.
//            SNIFFER    must be true, which is the default: the kernel sees the packets as well. An
//                       interface without an address leaves them to the graph alone.
//            FORCE_IP   sends IPv4 and IPv6 packets alone, with their IP header found. Default
//                       false.
//            METHOD     LINUX or PCAP, which are the same here.
//            PROTOCOL   takes packets of this Ethernet type alone. Default 0: of all.
//            OUTBOUND   takes what this host sends, too, also by ToDevice. Default false.
//            HEADROOM   free bytes before each packet, at most 8190. Default 64.
//            BURST      most packets of one turn, 1 to 4096. Default 64.
//            TIMESTAMP  notes when packets arrived. Default true.
// Ports      1 output, or 2, push; with FORCE_IP other packets go to the second
// Drops      with FORCE_IP packets that are no IP; packets for which there is no memory; before
//            that, what arrives while the ring of 8 MiB is full
// Handlers   count (r), reset_counts (w)  packets received
//            drops (r)         packets dropped here
//            kernel_drops (r)  packets for which the ring had no room
//            encap (r)         ETHER, or IP on an interface without link headers
// Example    FromDevice(eth0, PROMISC true) -> Queue -> ToDevice(eth1);
//
// Needs CAP_NET_RAW. A VLAN tag that the interface took out is put back. Where the kernel puts
// packets together before it hands them on (GRO), they are longer than SNAPLEN and cut: turn that
// off with `ethtool -K eth0 gro off`.
//
// An interface that goes down is told of once, and is received from again when it comes up. When it
// is removed, the graph runs on without it. Without packets there are no rounds. A live
// reconfiguration keeps the ring and what is in it.

#pragma once

#include <optional>
#include <string>

#include "graph/element.h"
#include "os/event_loop.h"
#include "os/packet_ring.h"

namespace superfluid::hostgraph {

class FromDevice final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task&) override;
  void take_state(graph::Element& from) override;

 private:
  // The one whose ring this one is to take.
  FromDevice* predecessor() const;
  base::Status watch();
  void hear(os::Ready ready);
  // Takes at most `max` frames, which are added to `taken`, and says how many are to be sent.
  std::size_t fill(graph::Packet** into, std::size_t max, std::size_t& taken);
  graph::Packet* packet_of(const os::PacketRing::Frame& frame);
  graph::Packet* with_tag_back(const os::PacketRing::Frame& frame);

  graph::Task task_{*this};
  std::string link_;
  os::PacketRing::Options options_;
  std::uint16_t protocol_ = 0;          // that the ring does not choose itself
  std::optional<os::PacketRing> ring_;  // not before this one has taken over, if it is to
  os::Subscription watch_;              // of the ring; goes first
  std::uint32_t headroom_ = graph::kHeadroom;
  std::uint32_t burst_ = graph::kBatchMax;
  bool force_ip_ = false;
  bool timestamp_ = true;
  std::uint64_t count_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::hostgraph
