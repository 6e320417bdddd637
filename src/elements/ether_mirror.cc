// SPDX-License-Identifier: Apache-2.0
#include "elements/ether_mirror.h"

#include <algorithm>

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass EtherMirror::kClass{"EtherMirror", "1/1", "a/a",
                                              graph::make_element<EtherMirror>};

Packet* EtherMirror::act(Packet* packet) {
  constexpr std::uint32_t kAddressBytes = sizeof(net::MacAddress);
  if (packet->length < 2 * kAddressBytes) {
    ++drops_;
    release(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  std::swap_ranges(packet->data, packet->data + kAddressBytes, packet->data + kAddressBytes);
  return packet;
}

void EtherMirror::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
