// SPDX-License-Identifier: Apache-2.0
// FromDevice: sends the packets that a port of the instance receives.
//
//   FromDevice(DEVNAME [, PROMISC bool, SNAPLEN int, SNIFFER bool, FORCE_IP bool, METHOD word,
//              PROTOCOL int, OUTBOUND bool, HEADROOM int, BURST int, TIMESTAMP bool])
//
// Arguments  DEVNAME    the port's name, or its number: eth0, 0.
//            SNAPLEN    packets are cut to so many bytes, 14 to 65535. Default 9216: all of them.
//            FORCE_IP   sends IPv4 and IPv6 packets alone, with their IP header found. Default
//                       false.
//            PROTOCOL   takes packets of this Ethernet type alone. Default 0: of all.
//            HEADROOM   free bytes before each packet, at most 8190. Default 64.
//            BURST      most packets of one turn, 1 to 4096. Default 64.
//            TIMESTAMP  notes when packets arrived. Default true.
//            PROMISC, SNIFFER, METHOD, OUTBOUND are those of FromDevice on a host, and change
//                       nothing: a port brings what is sent to it.
// Ports      1 output, or 2, push; with FORCE_IP other packets go to the second
// Drops      with FORCE_IP packets that are no IP; packets for which there is no memory; before
//            that, what the other side finds no room for
// Handlers   count (r), reset_counts (w)  packets received
//            drops (r)         packets dropped here
//            kernel_drops (r)  0
//            encap (r)         ETHER
// Example    FromDevice(eth0) -> Queue -> ToDevice(eth1);
//
// A port has one FromDevice; a Tee behind it serves several readers.

#pragma once

#include <cstdint>
#include <string>

#include "graph/element.h"
#include "guest/ports.h"

namespace superfluid::guest {

class FromDevice final : public graph::Element, public PortReader {
 public:
  static const graph::ElementClass kClass;

  ~FromDevice() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void take_state(graph::Element& from) override;
  bool run_task(graph::Task&) override;
  void look() override { task_.schedule(); }
  // Whoever runs the graph makes it the port's reader.
  std::size_t port() const { return port_; }

 private:
  // How many of them are to be sent on.
  std::size_t note(graph::Packet** packets, std::size_t count);

  graph::Task task_{*this};
  std::size_t port_ = Ports::kNoPort;
  Port::Taking taking_;
  std::uint32_t burst_ = graph::kBatchMax;
  std::uint16_t protocol_ = 0;
  bool force_ip_ = false;
  bool timestamp_ = true;
  std::uint64_t count_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::guest
