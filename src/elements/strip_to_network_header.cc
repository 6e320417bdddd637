// SPDX-License-Identifier: Apache-2.0
#include "elements/strip_to_network_header.h"

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass StripToNetworkHeader::kClass{"StripToNetworkHeader", "1/1", "a/a",
                                                       graph::make_element<StripToNetworkHeader>};

Packet* StripToNetworkHeader::act(Packet* packet) {
  std::uint8_t* const end = packet->data + packet->length;
  if (packet->network < packet->head || packet->network > end) {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet->data = packet->network;
  packet->length = static_cast<std::uint32_t>(end - packet->network);
  return packet;
}

void StripToNetworkHeader::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
