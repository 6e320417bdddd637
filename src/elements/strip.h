// SPDX-License-Identifier: Apache-2.0
// Strip: takes bytes off the front of packets. What is taken stays in the buffer; Unstrip puts it
// back.
//
//   Strip(LENGTH)
//
// Arguments  LENGTH  bytes
// Ports      1 input, 1 output, push or pull. Shorter packets come out empty.
// Example    f -> Strip(14) -> CheckIPHeader -> t;

#pragma once

#include <algorithm>

#include "graph/element.h"

namespace superfluid::elements {

class Strip final : public graph::PerPacket<Strip> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet) {
    packet->pull(std::min(length_, packet->length));
    return packet;
  }

 private:
  std::uint32_t length_ = 0;
};

}  // namespace superfluid::elements
