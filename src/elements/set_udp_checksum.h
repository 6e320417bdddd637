// SPDX-License-Identifier: Apache-2.0
// SetUDPChecksum: computes the checksum of UDP datagrams.
//
//   SetUDPChecksum()
//
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Handlers   drops (r)  packets refused so far
// Drops      fragments, and packets that end before their UDP datagram does; the first is told
//            when there is no output 1
// Example    f -> CheckIPHeader -> SetUDPChecksum -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class SetUDPChecksum final : public graph::PerPacket<SetUDPChecksum> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
