// SPDX-License-Identifier: Apache-2.0
#include "elements/note_byte.h"

namespace superfluid::elements {

graph::Complaint parse_argument(std::string_view text, NoteByte& note) {
  std::uint8_t place = NoteByte::kPaint;
  if (text == "ICMP_PARAMPROB") {
    place = NoteByte::kIcmpPointer;
  } else if (text != "PAINT" &&
             (!graph::parse_argument(text, place).empty() || place > NoteByte::kIcmpPointer)) {
    return base::cat("'", base::escape(text), "' is not a note of one byte");
  }
  note.place_ = place;
  return {};
}

}  // namespace superfluid::elements
