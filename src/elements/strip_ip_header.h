// SPDX-License-Identifier: Apache-2.0
// StripIPHeader: takes the IPv4 header, options included, and all before it off the packet.
//
//   StripIPHeader()
//
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets dropped so far
// Drops      packets of which it is not noted where the IPv4 header ends
// Example    f -> CheckIPHeader -> StripIPHeader -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class StripIPHeader final : public graph::PerPacket<StripIPHeader> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
