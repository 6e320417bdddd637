// SPDX-License-Identifier: Apache-2.0
// CheckLength: lets packets pass that are not too long.
//
//   CheckLength(LENGTH)
//
// Arguments  LENGTH  the most bytes that pass
// Ports      1 input, push or pull; 1 or 2 outputs: 0 packets that pass, 1 (push) longer ones
// Drops      longer ones, when output 1 is not connected
// Handlers   length (rw)
// Example    f -> cl :: CheckLength(1500) -> t;   cl [1] -> IPFragmenter(1500) -> t;

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class CheckLength final : public graph::PerPacket<CheckLength> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet) {
    if (packet->length <= length_) [[likely]] {
      return packet;
    }
    reject(packet);
    return nullptr;
  }

 private:
  std::uint32_t length_ = 0;
};

}  // namespace superfluid::elements
