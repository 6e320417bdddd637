// SPDX-License-Identifier: Apache-2.0
// DecIP6HLIM: counts the hop limit of IPv6 packets down, as every router does.
//
//   DecIP6HLIM()
//
// Ports      1 input, 1 or 2 outputs, push or pull; packets whose time is over are pushed to output
//            1 when there is one
// Handlers   drops (r)  packets whose hop limit was used up, or without an IPv6 header
// Drops      packets with a hop limit of 1 or 0, and those without a noted header (CheckIP6Header)
// Example    f -> CheckIP6Header -> h :: DecIP6HLIM -> t;
//            h [1] -> ICMP6Error(2001:db8::1, 3, 0) -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class DecIP6HLIM final : public graph::PerPacket<DecIP6HLIM> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
