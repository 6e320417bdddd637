// SPDX-License-Identifier: Apache-2.0
#include "elements/ether_encap.h"

#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass EtherEncap::kClass{"EtherEncap", "1/1", "a/a",
                                             graph::make_element<EtherEncap>};

void EtherEncap::configure(graph::Arguments& arguments) {
  arguments.required("ETHERTYPE", header_.type_or_length)
      .required("SRC", header_.source)
      .required("DST", header_.destination)
      .complete();
}

Packet* EtherEncap::act(Packet* packet) {
  packet = push_front(packet, sizeof header_);
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  std::memcpy(packet->data, &header_, sizeof header_);
  packet->mac = packet->data;
  return packet;
}

void EtherEncap::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "src", header_.source, *this);
  add_address_setting(handlers, "dst", header_.destination, *this);
  for (const std::string_view name : {"ethertype", "etht"}) {
    add_setting(handlers, name, header_.type_or_length);
  }
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
