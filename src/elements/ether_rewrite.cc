// SPDX-License-Identifier: Apache-2.0
#include "elements/ether_rewrite.h"

#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass EtherRewrite::kClass{"EtherRewrite", "1/1", "a/a",
                                               graph::make_element<EtherRewrite>};

void EtherRewrite::configure(graph::Arguments& arguments) {
  arguments.required("SRC", addresses_.source).required("DST", addresses_.destination).complete();
}

Packet* EtherRewrite::act(Packet* packet) {
  packet = writable(packet);
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  std::uint8_t* header = packet->mac;
  if (packet->from(header).size() < sizeof addresses_) {
    header = packet->data;
  }
  if (packet->from(header).size() < sizeof addresses_) {
    ++drops_;
    release(packet);
    return nullptr;
  }
  std::memcpy(header, &addresses_, sizeof addresses_);
  return packet;
}

void EtherRewrite::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "src", addresses_.source, *this);
  add_address_setting(handlers, "dst", addresses_.destination, *this);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
