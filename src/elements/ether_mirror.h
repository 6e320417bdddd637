// SPDX-License-Identifier: Apache-2.0
// EtherMirror: exchanges the addresses of Ethernet packets, so that they go back.
//
//   EtherMirror()
//
// Ports      1 input, 1 output, push or pull
// Drops      packets too short for two addresses
// Handlers   drops (r)
// Example    f -> EtherMirror -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class EtherMirror final : public graph::PerPacket<EtherMirror> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
