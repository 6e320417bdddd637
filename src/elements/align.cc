// SPDX-License-Identifier: Apache-2.0
#include "elements/align.h"

#include <cstring>

#include "elements/values.h"
#include "graph/arguments.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass Align::kClass{"Align", "1/1", "a/a", graph::make_element<Align>};

void Align::configure(graph::Arguments& arguments) {
  arguments.required("MODULUS", modulus_).required("OFFSET", offset_).complete();
  if (modulus_ != 2 && modulus_ != 4 && modulus_ != 8) {
    arguments.complain("MODULUS must be 2, 4, or 8");
  } else if (offset_ >= modulus_) {
    arguments.complain("OFFSET must be smaller than MODULUS");
  }
}

// To the right by what is missing, in a buffer of its own; what is known of its headers moves too.
Packet* Align::act(Packet* packet) {
  const auto missing = [this](const Packet& at) {
    return (offset_ - static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at.data))) &
           (modulus_ - 1);
  };
  if (missing(*packet) == 0) {
    return packet;
  }
  packet = writable(packet, 0, modulus_ - 1);
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  const std::uint32_t by = missing(*packet);  // a copy may stand elsewhere
  std::memmove(packet->data + by, packet->data, packet->length);
  packet->data += by;
  for (std::uint8_t** hint : {&packet->mac, &packet->network, &packet->transport}) {
    *hint = *hint == nullptr ? nullptr : *hint + by;
  }
  return packet;
}

void Align::add_handlers(graph::HandlerTable& handlers) { add_value(handlers, "drops", drops_); }

}  // namespace superfluid::elements
