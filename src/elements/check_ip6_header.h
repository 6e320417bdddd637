// SPDX-License-Identifier: Apache-2.0
// CheckIP6Header: lets only packets with a sound IPv6 header pass, and notes where it is.
//
//   CheckIP6Header([BADADDRS, OFFSET, VERBOSE bool, DETAILS bool])
//
// Arguments  BADADDRS  addresses that no packet may come from, a list of words. Default none.
//            OFFSET    bytes in front of the header. Default 0.
//            VERBOSE, DETAILS, and the handlers drops and drop_details: elements/header_check.h
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Drops      tiny packet, bad IP version, bad IP length, bad source address (a multicast address,
//            or one of BADADDRS)
// Example    f -> Strip(14) -> CheckIP6Header(::) -> GetIP6Address(24) -> t;
//
// What follows the packet, such as padding, is cut off. Extension headers are not looked at.

#pragma once

#include "elements/header_check.h"
#include "elements/ip6_argument.h"
#include "graph/element.h"

namespace superfluid::elements {

class CheckIP6Header final : public graph::PerPacket<CheckIP6Header> {
 public:
  static const graph::ElementClass kClass;

  CheckIP6Header();

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override { check_.add_handlers(handlers); }
  graph::Packet* act(graph::Packet* packet);

 private:
  graph::Packet* refuse(graph::Packet* packet, std::size_t reason);

  std::uint32_t offset_ = 0;
  Address6List bad_sources_;
  HeaderCheck check_;
};

}  // namespace superfluid::elements
