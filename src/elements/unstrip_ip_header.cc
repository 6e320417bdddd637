// SPDX-License-Identifier: Apache-2.0
#include "elements/unstrip_ip_header.h"

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass UnstripIPHeader::kClass{"UnstripIPHeader", "1/1", "a/a",
                                                  graph::make_element<UnstripIPHeader>};

Packet* UnstripIPHeader::act(Packet* packet) {
  const bool noted = packet->network != nullptr && packet->network >= packet->head;
  const std::uint32_t uncovered = noted && packet->network < packet->data
                                      ? static_cast<std::uint32_t>(packet->data - packet->network)
                                      : 0;
  if (!noted || !fits(*packet, uncovered)) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet->data -= uncovered;
  packet->length += uncovered;
  return packet;
}

void UnstripIPHeader::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
