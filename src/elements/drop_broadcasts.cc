// SPDX-License-Identifier: Apache-2.0
#include "elements/drop_broadcasts.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;
using graph::PacketKind;

const graph::ElementClass DropBroadcasts::kClass{"DropBroadcasts", "1/1-2", "a/ah",
                                                 graph::make_element<DropBroadcasts>};

Packet* DropBroadcasts::act(Packet* packet) {
  const auto kind = static_cast<PacketKind>(packet->notes.kind);
  if (kind != PacketKind::kBroadcast && kind != PacketKind::kMulticast) [[likely]] {
    return packet;
  }
  if (drops_++ == 0) {
    router().errors().write("DropBroadcasts: dropped a packet\n");
  }
  reject(packet);
  return nullptr;
}

void DropBroadcasts::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
