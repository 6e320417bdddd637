// SPDX-License-Identifier: Apache-2.0
// EnsureEther: gives IPv4 packets that have no Ethernet header one.
//
//   EnsureEther([ETHERTYPE, SRC, DST])
//
// Arguments  ETHERTYPE  of the new header. Default 0x0800.
//            SRC        Default 01:01:01:01:01:01.
//            DST        Default 02:02:02:02:02:02.
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets with no room for the header
// Drops      packets that would become too long
// Example    f -> MarkIPHeader -> EnsureEther(0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02) -> t;
//
// A packet passes unchanged when it has no noted network header, or 14 bytes in front of it that
// say IPv4 or IPv6. One whose Ethernet header was stripped gets it back. Of others, what is in
// front of the network header goes, and the new header comes there.

#pragma once

#include "graph/element.h"
#include "net/ether.h"

namespace superfluid::elements {

class EnsureEther final : public graph::PerPacket<EnsureEther> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::EthernetHeader header_{net::MacAddress{{2, 2, 2, 2, 2, 2}},
                              net::MacAddress{{1, 1, 1, 1, 1, 1}}, base::be16(0x0800)};
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
