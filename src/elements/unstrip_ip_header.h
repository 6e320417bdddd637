// SPDX-License-Identifier: Apache-2.0
// UnstripIPHeader: puts the IPv4 header, and what stands between it and the data, back in front of
// packets whose header was taken off.
//
//   UnstripIPHeader()
//
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets dropped so far
// Drops      packets of which it is not noted where the IPv4 header begins, or that would grow
//            beyond what a packet can hold
// Example    f -> CheckIPHeader -> StripIPHeader -> Print -> UnstripIPHeader -> t;
//
// A packet that begins with its header, or in front of it, stays as it is.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class UnstripIPHeader final : public graph::PerPacket<UnstripIPHeader> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
