// SPDX-License-Identifier: Apache-2.0
// MarkMACHeader: notes where the link-layer header begins.
//
//   MarkMACHeader([OFFSET, LENGTH])
//
// Arguments  OFFSET  bytes from the packet's first. Default 0.
//            LENGTH  accepted; whoever reads the header finds its length in it
// Ports      1 input, 1 output, push or pull. Of a packet that has no byte there nothing is noted.
// Example    f -> MarkMACHeader -> Strip(14) -> CheckIPHeader -> Unstrip(14) -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class MarkMACHeader final : public graph::PerPacket<MarkMACHeader> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet) {
    packet->mac = offset_ < packet->length ? packet->data + offset_ : nullptr;
    return packet;
  }

 private:
  std::uint32_t offset_ = 0;
};

}  // namespace superfluid::elements
