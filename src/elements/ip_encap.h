// SPDX-License-Identifier: Apache-2.0
// IPEncap: puts an IPv4 header in front of packets.
//
//   IPEncap(PROTO, SRC, DST [, TOS n, TTL n, DSCP n, ECT n, CE bool, DF bool])
//
// Arguments  PROTO  the protocol's number or name.
//            SRC    the source.
//            DST    the destination, or DST_ANNO for the packet's destination annotation.
//            TOS    the whole type of service octet. Not together with DSCP, ECT or CE.
//            TTL    the time to live. Default 250.
//            DSCP   the code point. Default 0.
//            ECT    ECN capable: true or 1, or 2. CE: congestion was met. Default neither.
//            DF     whether the packet may not be fragmented. Default false.
// Ports      1 input, 1 output, push or pull
// Handlers   src, dst (rw)  as SRC and DST
//            drops (r)      packets dropped so far
// Drops      packets that do not fit 65535 bytes with their header, or for which there is no memory
// Example    f -> IPEncap(ipip, 192.0.2.1, 192.0.2.2) -> t;
//
// Packets are numbered in their identification field. The header is noted, as is the destination.

#pragma once

#include "elements/ip_argument.h"
#include "graph/element.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class IPEncap final : public graph::PerPacket<IPEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  void make_header();

  net::Ipv4Header header_{};  // of every packet but length, identification and annotated address
  Destination destination_;
  std::uint16_t next_identification_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
