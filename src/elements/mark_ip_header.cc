// SPDX-License-Identifier: Apache-2.0
#include "elements/mark_ip_header.h"

#include "graph/arguments.h"

namespace superfluid::elements {

const graph::ElementClass MarkIPHeader::kClass{"MarkIPHeader", "1/1", "a/a",
                                               graph::make_element<MarkIPHeader>};

void MarkIPHeader::configure(graph::Arguments& arguments) {
  arguments.positional("OFFSET", offset_).complete();
}

graph::Packet* MarkIPHeader::act(graph::Packet* packet) {
  packet->network = packet->transport = nullptr;
  if (offset_ < packet->length) {
    packet->network = packet->data + offset_;
    const std::uint32_t header_length = 4u * (*packet->network & 0xf);
    if (header_length <= packet->length - offset_) {
      packet->transport = packet->network + header_length;
    }
  }
  return packet;
}

}  // namespace superfluid::elements
