// SPDX-License-Identifier: Apache-2.0
// SetIPChecksum: computes the checksum of the IPv4 header.
//
//   SetIPChecksum()
//
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets dropped so far
// Drops      packets that end before their header does, or that state a header below 20 bytes
// Example    f -> StoreIPAddress(10.0.0.1, 12) -> SetIPChecksum -> t;
//
// The header is where it was noted, else at the packet's beginning.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class SetIPChecksum final : public graph::PerPacket<SetIPChecksum> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
