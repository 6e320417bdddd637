// SPDX-License-Identifier: Apache-2.0
// StripToNetworkHeader: makes packets begin with their noted network header.
//
//   StripToNetworkHeader()
//
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets dropped so far
// Drops      packets without a noted network header, or with it behind their end
// Example    f -> CheckIPHeader(14) -> StripToNetworkHeader -> t;
//
// Bytes that were stripped from the header, where it is in front of the packet, come back.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class StripToNetworkHeader final : public graph::PerPacket<StripToNetworkHeader> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
