// SPDX-License-Identifier: Apache-2.0
// Truncate: cuts packets to a length.
//
//   Truncate(LENGTH [, EXTRA_LENGTH bool])
//
// Arguments  LENGTH        bytes that stay
//            EXTRA_LENGTH  notes how many were cut, for elements that print lengths. Default true.
// Ports      1 input, 1 output, push or pull
// Handlers   nbytes (rw)   LENGTH
// Example    f -> Truncate(96) -> ToDump(headers.pcap);

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Truncate final : public graph::PerPacket<Truncate> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet) {
    if (packet->length > length_) {
      const std::uint32_t cut = packet->length - length_;
      packet->notes.extra_length += note_ ? cut : 0;
      packet->take(cut);
    }
    return packet;
  }

 private:
  std::uint32_t length_ = 0;
  bool note_ = true;
};

}  // namespace superfluid::elements
