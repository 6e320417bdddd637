// SPDX-License-Identifier: Apache-2.0
// NoteByte: one of a packet's notes that is a byte, as the ANNO argument names it.
//
// Names: PAINT (16) and ICMP_PARAMPROB (17), or 0 to 15 for the bytes of the destination address.

#pragma once

#include <cstdint>
#include <string_view>

#include "graph/arguments.h"
#include "graph/packet.h"

namespace superfluid::elements {

class NoteByte {
 public:
  std::uint8_t& of(graph::Packet& packet) const {
    switch (place_) {
      case kPaint: return packet.notes.paint;
      case kIcmpPointer: return packet.notes.icmp_pointer;
      default: return packet.notes.destination.bytes[place_];
    }
  }

 private:
  friend graph::Complaint parse_argument(std::string_view text, NoteByte& note);

  static constexpr std::uint8_t kPaint = 16;
  static constexpr std::uint8_t kIcmpPointer = 17;

  std::uint8_t place_ = kPaint;
};

graph::Complaint parse_argument(std::string_view text, NoteByte& note);

}  // namespace superfluid::elements
