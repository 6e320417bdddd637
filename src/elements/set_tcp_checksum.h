// SPDX-License-Identifier: Apache-2.0
// SetTCPChecksum: computes the checksum of TCP segments.
//
//   SetTCPChecksum([FIXOFF])
//
// Arguments  FIXOFF  whether a header length that cannot be is set to one that can. Default false.
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets dropped so far
// Drops      packets without a whole IPv4 datagram of 20 bytes noted; the first is told
// Example    f -> StoreIPAddress(10.0.0.1, 12) -> SetIPChecksum -> SetTCPChecksum -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class SetTCPChecksum final : public graph::PerPacket<SetTCPChecksum> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  bool fix_offset_ = false;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
