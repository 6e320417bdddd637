// SPDX-License-Identifier: Apache-2.0
// CheckPaint: lets packets of one color pass.
//
//   CheckPaint(COLOR [, ANNO])
//
// Arguments  COLOR  0 to 255
//            ANNO   the note to read: PAINT (the default), ICMP_PARAMPROB, or a byte number
// Ports      1 input, push or pull; 1 or 2 outputs: 0 packets of that color, 1 (push) all others
// Drops      others, when output 1 is not connected
// Handlers   color (rw)
// Example    f -> cp :: CheckPaint(2) -> t;   cp [1] -> Discard;

#pragma once

#include "elements/note_byte.h"
#include "graph/element.h"

namespace superfluid::elements {

class CheckPaint final : public graph::PerPacket<CheckPaint> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet) {
    if (note_.of(*packet) == color_) {
      return packet;
    }
    reject(packet);
    return nullptr;
  }

 private:
  NoteByte note_;
  std::uint8_t color_ = 0;
};

}  // namespace superfluid::elements
