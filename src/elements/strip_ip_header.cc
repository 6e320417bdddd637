// SPDX-License-Identifier: Apache-2.0
#include "elements/strip_ip_header.h"

#include "graph/handler.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass StripIPHeader::kClass{"StripIPHeader", "1/1", "a/a",
                                                graph::make_element<StripIPHeader>};

Packet* StripIPHeader::act(Packet* packet) {
  if (packet->transport < packet->data || packet->transport > packet->data + packet->length)
      [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet->pull(static_cast<std::uint32_t>(packet->transport - packet->data));
  return packet;
}

void StripIPHeader::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
