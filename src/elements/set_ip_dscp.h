// SPDX-License-Identifier: Apache-2.0
// SetIPDSCP: sets the differentiated services code point of IPv4 packets.
//
//   SetIPDSCP(DSCP)
//
// Arguments  DSCP  0 to 63.
// Ports      1 input, 1 output, push or pull
// Handlers   dscp (rw)  as DSCP
//            drops (r)  packets dropped so far
// Drops      packets without a noted IPv4 header
// Example    f -> CheckIPHeader -> SetIPDSCP(46) -> t;
//
// The header's checksum follows; its two ECN bits stay.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class SetIPDSCP final : public graph::PerPacket<SetIPDSCP> {
 public:
  static const graph::ElementClass kClass;

  static constexpr std::uint32_t kDscpMax = 63;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint32_t dscp_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
