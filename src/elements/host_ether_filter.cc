// SPDX-License-Identifier: Apache-2.0
#include "elements/host_ether_filter.h"

#include "elements/values.h"
#include "net/ether.h"

namespace superfluid::elements {

using graph::Packet;
using graph::PacketKind;

const graph::ElementClass HostEtherFilter::kClass{"HostEtherFilter", "1/1-2", "a/ah",
                                                  graph::make_element<HostEtherFilter>};

void HostEtherFilter::configure(graph::Arguments& arguments) {
  arguments.required("ETHER", address_)
      .positional("DROP_OWN", drop_own_)
      .positional("DROP_OTHER", drop_other_)
      .keyword("OFFSET", offset_)
      .complete();
}

bool HostEtherFilter::passes(Packet& packet) const {
  base::Cursor cursor(packet.bytes());
  const auto* header = cursor.skip(offset_) ? cursor.view<net::EthernetHeader>() : nullptr;
  if (header == nullptr || (drop_own_ && header->source == address_)) {
    return false;
  }
  PacketKind kind = PacketKind::kOtherHost;
  if (header->destination == address_) {
    kind = PacketKind::kToHost;
  } else if (header->destination.is_broadcast()) {
    kind = PacketKind::kBroadcast;
  } else if (header->destination.is_multicast()) {
    kind = PacketKind::kMulticast;
  }
  packet.notes.kind = static_cast<std::uint8_t>(kind);
  return kind != PacketKind::kOtherHost || !drop_other_;
}

Packet* HostEtherFilter::act(Packet* packet) {
  if (passes(*packet)) {
    return packet;
  }
  ++drops_;
  reject(packet);
  return nullptr;
}

void HostEtherFilter::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "ether", address_, *this);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
