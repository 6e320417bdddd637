// SPDX-License-Identifier: Apache-2.0
// Paint: notes a color on packets.
//
//   Paint(COLOR [, ANNO])
//
// Arguments  COLOR  0 to 255
//            ANNO   the note to write: PAINT (the default), ICMP_PARAMPROB, or a byte number
// Ports      1 input, 1 output, push or pull
// Handlers   color (rw)
// Example    f -> Paint(2) -> ps :: PaintSwitch;

#pragma once

#include "elements/note_byte.h"
#include "graph/element.h"

namespace superfluid::elements {

class Paint final : public graph::PerPacket<Paint> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet) {
    note_.of(*packet) = color_;
    return packet;
  }

 private:
  NoteByte note_;
  std::uint8_t color_ = 0;
};

}  // namespace superfluid::elements
