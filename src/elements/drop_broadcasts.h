// SPDX-License-Identifier: Apache-2.0
// DropBroadcasts: drops packets that came as broadcast or multicast of the link.
//
//   DropBroadcasts()
//
// Ports      1 input, push or pull; 1 or 2 outputs: 0 what passes, 1 (push) the rest
// Drops      the rest, when output 1 is not connected; the first one is said
// Handlers   drops (r)  also those sent to output 1
// Example    f -> HostEtherFilter(2:0:0:0:0:1) -> DropBroadcasts -> t;
//
// It goes by the packet's notes, which a device or HostEtherFilter wrote.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class DropBroadcasts final : public graph::PerPacket<DropBroadcasts> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
