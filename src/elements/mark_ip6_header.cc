// SPDX-License-Identifier: Apache-2.0
#include "elements/mark_ip6_header.h"

#include "graph/arguments.h"
#include "net/ipv6.h"

namespace superfluid::elements {

const graph::ElementClass MarkIP6Header::kClass{"MarkIP6Header", "1/1", "a/a",
                                                graph::make_element<MarkIP6Header>};

void MarkIP6Header::configure(graph::Arguments& arguments) {
  arguments.positional("OFFSET", offset_).complete();
}

graph::Packet* MarkIP6Header::act(graph::Packet* packet) {
  packet->network = packet->transport = nullptr;
  if (offset_ < packet->length) {
    packet->network = packet->data + offset_;
    if (sizeof(net::Ipv6Header) <= packet->length - offset_) {
      packet->transport = packet->network + sizeof(net::Ipv6Header);
    }
  }
  return packet;
}

}  // namespace superfluid::elements
