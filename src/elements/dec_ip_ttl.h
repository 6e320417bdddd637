// SPDX-License-Identifier: Apache-2.0
// DecIPTTL: takes one off the time to live, as every router must.
//
//   DecIPTTL([ACTIVE bool, MULTICAST bool])
//
// Arguments  ACTIVE     whether it does anything. Default true.
//            MULTICAST  whether packets to multicast addresses age too. Default true.
// Ports      1 input, 1 or 2 outputs, push or pull; expired packets are pushed to output 1 when
//            there is one, unchanged, for an ICMPError to answer
// Handlers   drops (r)    packets expired so far
//            active (rw)  as ACTIVE
// Drops      packets whose time to live is 0 or 1, or that have no noted IPv4 header
// Example    f -> dt :: DecIPTTL -> t;  dt[1] -> ICMPError(10.0.0.1, timeexceeded) -> ...
//
// The checksum follows by RFC 1624.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class DecIPTTL final : public graph::PerPacket<DecIPTTL> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
  bool active_ = true;
  bool multicast_ = true;
};

}  // namespace superfluid::elements
