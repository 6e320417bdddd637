// SPDX-License-Identifier: Apache-2.0
#include "elements/store_ether_address.h"

#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass StoreEtherAddress::kClass{"StoreEtherAddress", "1/1-2", "a/ah",
                                                    graph::make_element<StoreEtherAddress>};

void StoreEtherAddress::configure(graph::Arguments& arguments) {
  std::string offset;
  arguments.required("ADDR", address_).required("OFFSET", offset).complete();
  if (base::equal_ignoring_case(offset, "src")) {
    offset_ = sizeof address_;
  } else if (base::equal_ignoring_case(offset, "dst")) {
    offset_ = 0;
  } else if (!offset.empty() && !graph::parse_argument(offset, offset_).empty()) {
    arguments.complain("type mismatch: bad OFFSET");
  }
}

Packet* StoreEtherAddress::act(Packet* packet) {
  if (packet->length < sizeof address_ || offset_ > packet->length - sizeof address_) {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  packet = writable(packet);
  if (packet != nullptr) {
    std::memcpy(packet->data + offset_, &address_, sizeof address_);
  }
  return packet;
}

void StoreEtherAddress::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "addr", address_, *this);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
