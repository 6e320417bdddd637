// SPDX-License-Identifier: Apache-2.0
// GetIPAddress: takes an address out of the packet as its destination annotation.
//
//   GetIPAddress(OFFSET)
//   GetIPAddress(IP src|dst)
//
// Arguments  OFFSET  where in the packet the address is.
//            IP      the source or destination of the noted IPv4 header. One of the two is needed.
//            ANNO    where to: DST_IP, which is also the default, or its number 0.
// Ports      1 input, 1 output, push or pull
// Example    f -> Strip(14) -> GetIPAddress(16) -> LinearIPLookup(...);
//
// A packet without those bytes passes with the annotation 0.0.0.0.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class GetIPAddress final : public graph::PerPacket<GetIPAddress> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  enum class From : std::uint8_t { kOffset, kSource, kDestination };

  From from_ = From::kOffset;
  std::uint32_t offset_ = 0;
};

}  // namespace superfluid::elements
