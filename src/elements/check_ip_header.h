// SPDX-License-Identifier: Apache-2.0
// CheckIPHeader: lets only packets with a sound IPv4 header pass, and notes where it is.
//
//   CheckIPHeader([OFFSET] [, INTERFACES list, BADSRC list, GOODDST list, CHECKSUM bool,
//                  VERBOSE bool, DETAILS bool])
//
// Arguments  OFFSET      bytes in front of the header. Default 0.
//            BADSRC      addresses that no packet may come from. Default none.
//            GOODDST     packets for these addresses may come from anywhere. Default none.
//            INTERFACES  a router's own addresses with their prefixes: their broadcast addresses,
//                        0.0.0.0 and 255.255.255.255 are bad sources, they are good destinations.
//            CHECKSUM    whether the header's checksum must be right. Default true; CheckIPHeader2
//                        is this element with false.
//            VERBOSE, DETAILS: elements/header_check.h
//            An old form, CheckIPHeader(BADSRC [, OFFSET]), adds 0.0.0.0 and 255.255.255.255.
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Handlers   drops, drop_details (r): elements/header_check.h
// Drops      tiny packet, bad IP version, bad IP header length, bad IP length, bad IP checksum,
//            bad source address
// Example    FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> t;
//
// A packet that passes is cut to the length that its header states, and its destination is noted.

#pragma once

#include "elements/header_check.h"
#include "elements/ip_argument.h"
#include "graph/element.h"

namespace superfluid::elements {

class CheckIPHeader final : public graph::PerPacket<CheckIPHeader> {
 public:
  static const graph::ElementClass kClass;
  static const graph::ElementClass kClass2;  // CheckIPHeader2

  explicit CheckIPHeader(bool checksum = true);

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override { check_.add_handlers(handlers); }
  graph::Packet* act(graph::Packet* packet);

 private:
  graph::Packet* refuse(graph::Packet* packet, std::size_t reason);

  std::uint32_t offset_ = 0;
  bool checksum_;
  AddressList bad_sources_;
  AddressList good_destinations_;
  HeaderCheck check_;
};

}  // namespace superfluid::elements
