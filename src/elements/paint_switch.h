// SPDX-License-Identifier: Apache-2.0
// PaintSwitch: sends packets to the output whose number is their color.
//
//   PaintSwitch([ANNO])
//
// Arguments  ANNO  the note to read: PAINT (the default), ICMP_PARAMPROB, or a byte number
// Ports      1 push input, any number of push outputs. Color 255 goes to all of them.
// Drops      colors without an output
// Example    f -> Paint(1) -> ps :: PaintSwitch;   ps [0] -> a;   ps [1] -> b;

#pragma once

#include "elements/note_byte.h"
#include "graph/element.h"

namespace superfluid::elements {

class PaintSwitch final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void push(std::uint32_t, graph::Batch batch) override;

 private:
  static constexpr std::uint8_t kAll = 255;

  NoteByte note_;
};

}  // namespace superfluid::elements
