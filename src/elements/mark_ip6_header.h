// SPDX-License-Identifier: Apache-2.0
// MarkIP6Header: notes where the IPv6 header begins, without checking it.
//
//   MarkIP6Header([OFFSET])
//
// Arguments  OFFSET  bytes in front of the header. Default 0.
// Ports      1 input, 1 output, push or pull
// Example    f -> MarkIP6Header(14) -> IP6Print -> t;
//
// Packets that end before the header's 40 bytes do pass with what there is of it noted: elements
// behind check what they read.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class MarkIP6Header final : public graph::PerPacket<MarkIP6Header> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint32_t offset_ = 0;
};

}  // namespace superfluid::elements
