// SPDX-License-Identifier: Apache-2.0
// PaintTee: passes all packets on, and sends a copy of those of one color elsewhere.
//
//   PaintTee(COLOR [, ANNO])
//
// Arguments  COLOR  0 to 255
//            ANNO   the note to read: PAINT (the default), ICMP_PARAMPROB, or a byte number
// Ports      1 input, push or pull; outputs: 0 all packets, 1 (push) the copies
// Handlers   color (rw)
// Example    f -> pt :: PaintTee(2) -> t;   pt [1] -> ICMPError(192.0.2.1, redirect) -> Discard;
//
// A copy shares its bytes with the packet until one of them is written to.

#pragma once

#include "elements/note_byte.h"
#include "graph/element.h"

namespace superfluid::elements {

class PaintTee final : public graph::PerPacket<PaintTee> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  NoteByte note_;
  std::uint8_t color_ = 0;
};

}  // namespace superfluid::elements
