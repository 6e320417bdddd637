// SPDX-License-Identifier: Apache-2.0
// ICMPIPEncap: puts IPv4 and ICMP headers in front of packets.
//
//   ICMPIPEncap(SRC, DST, TYPE [, CODE, IDENTIFIER number])
//
// Arguments  SRC, DST    addresses.
//            TYPE, CODE  as numbers or names (elements/ip_names.h). Default of CODE: 0.
//            IDENTIFIER  of echo, timestamp and information messages. Default: 0.
// Ports      1 input, 1 output, push or pull
// Handlers   src, dst (rw)  as the arguments
//            drops (r)      packets dropped so far
// Drops      packets that do not fit 65535 bytes with their headers, or for which there is no
//            memory
// Example    f -> ICMPIPEncap(192.0.2.1, 192.0.2.2, echo) -> EtherEncap(...) -> t;
//
// Packets are numbered from 1 in IPv4's identification field; messages with an identifier have the
// same number as their sequence number. Timestamps are zero. The IPv4 header is noted, as is the
// destination.

#pragma once

#include "graph/element.h"
#include "net/address.h"

namespace superfluid::elements {

class ICMPIPEncap final : public graph::PerPacket<ICMPIPEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  void read_type(graph::Arguments& arguments, std::string_view type, std::string_view code);
  std::uint32_t header_bytes() const;
  void write_ip(graph::Packet& packet);
  void write_icmp(graph::Packet& packet) const;

  net::Ipv4Address source_;
  net::Ipv4Address destination_;
  std::uint8_t type_ = 0;
  std::uint8_t code_ = 0;
  std::uint16_t identifier_ = 0;
  std::uint16_t number_ = 1;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
