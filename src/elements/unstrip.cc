// SPDX-License-Identifier: Apache-2.0
#include "elements/unstrip.h"

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass Unstrip::kClass{"Unstrip", "1/1", "a/a", graph::make_element<Unstrip>};

void Unstrip::configure(graph::Arguments& arguments) {
  arguments.required("LENGTH", length_).complete();
  if (length_ > kLengthMax) {
    arguments.complain(base::cat("LENGTH: out of range, maximum ", kLengthMax));
  }
}

Packet* Unstrip::act(Packet* packet) {
  packet = push_front(packet, length_);
  drops_ += packet == nullptr;
  return packet;
}

void Unstrip::add_handlers(graph::HandlerTable& handlers) { add_value(handlers, "drops", drops_); }

}  // namespace superfluid::elements
