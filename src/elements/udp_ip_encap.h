// SPDX-License-Identifier: Apache-2.0
// UDPIPEncap: puts IPv4 and UDP headers in front of packets.
//
//   UDPIPEncap(SRC, SPORT, DST, DPORT [, CHECKSUM])
//
// Arguments  SRC, DST      addresses; DST_ANNO as DST is the packet's destination annotation.
//            SPORT, DPORT  ports, as numbers or names.
//            CHECKSUM      whether UDP's checksum is computed. Default true.
// Ports      1 input, 1 output, push or pull
// Handlers   src, sport, dst, dport (rw)  as the arguments
//            drops (r)                    packets dropped so far
// Drops      packets that do not fit 65535 bytes with their headers, or for which there is no
//            memory
// Example    f -> UDPIPEncap(192.0.2.1, 5000, 192.0.2.2, 5001) -> EtherEncap(...) -> t;
//
// Packets are numbered in their identification field. The IPv4 header is noted, as is the
// destination.

#pragma once

#include "elements/ip_argument.h"
#include "graph/element.h"
#include "net/checksum.h"

namespace superfluid::elements {

class UDPIPEncap final : public graph::PerPacket<UDPIPEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  static constexpr std::uint32_t kHeaderBytes = 28;
  static constexpr std::uint8_t kVersionAndWords = 0x45;
  static constexpr std::uint8_t kTtl = 250;

  void write_ip(graph::Packet& packet);
  // `payload` is its sum.
  void write_udp(graph::Packet& packet, net::InternetSum payload) const;

  net::Ipv4Address source_;
  Destination destination_;
  std::uint16_t source_port_ = 0;
  std::uint16_t destination_port_ = 0;
  std::uint16_t next_identification_ = 0;
  bool checksum_ = true;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
