// SPDX-License-Identifier: Apache-2.0
#include "elements/hash_switch.h"

#include "graph/arguments.h"

namespace superfluid::elements {

const graph::ElementClass HashSwitch::kClass{"HashSwitch", "1/1-", "h/h",
                                             graph::make_element<HashSwitch>};

void HashSwitch::configure(graph::Arguments& arguments) {
  arguments.required("OFFSET", offset_).required("LENGTH", length_).complete();
  if (length_ == 0) {
    arguments.complain("length must be > 0");
  }
}

std::uint32_t HashSwitch::choose(graph::Packet& packet) const {
  if (packet.length < std::uint64_t{offset_} + length_) {
    return 0;
  }
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : packet.bytes().subspan(offset_, length_)) {
    sum += byte;
  }
  const std::uint32_t n = outputs();
  return n == 2 || n == 4 || n == 8 ? (sum ^ (sum >> 4)) & (n - 1) : sum % n;
}

}  // namespace superfluid::elements
