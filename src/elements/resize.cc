// SPDX-License-Identifier: Apache-2.0
#include "elements/resize.h"

#include <algorithm>
#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {
namespace {

using graph::Packet;

// Bytes that were taken away in front come back, as with Unstrip, as long as they are there.
Packet* grow_front(Packet* packet, std::uint32_t count) {
  const bool are_there = packet->headroom() >= count && !packet->shared();
  packet = push_front(packet, count);
  if (packet != nullptr && !are_there) {
    std::memset(packet->data, 0, count);
  }
  return packet;
}

Packet* grow_back(Packet* packet, std::uint32_t count) {
  packet = push_back(packet, count);
  if (packet != nullptr) {
    std::memset(packet->data + packet->length - count, 0, count);
  }
  return packet;
}

// How many bytes of a packet go when `change`, which is negative, is asked for.
std::uint32_t fewer(const Packet& packet, std::int32_t change) {
  return std::min(packet.length, 0 - static_cast<std::uint32_t>(change));
}

}  // namespace

const graph::ElementClass Resize::kClass{"Resize", "1/1", "a/a", graph::make_element<Resize>};

void Resize::configure(graph::Arguments& arguments) {
  arguments.positional("HEAD", head_).positional("TAIL", tail_).complete();
}

Packet* Resize::act(Packet* packet) {
  if (head_ > 0) {
    packet = grow_front(packet, static_cast<std::uint32_t>(head_));
  } else if (head_ < 0) {
    packet->pull(fewer(*packet, head_));
  }
  if (packet != nullptr && tail_ > 0) {
    packet = grow_back(packet, static_cast<std::uint32_t>(tail_));
  } else if (packet != nullptr && tail_ < 0) {
    packet->take(fewer(*packet, tail_));
  }
  drops_ += packet == nullptr ? 1 : 0;
  return packet;
}

void Resize::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "head", head_);
  add_setting(handlers, "tail", tail_);
  add_value(handlers, "drops", drops_);
}

const graph::ElementClass Pad::kClass{"Pad", "1/1", "a/a", graph::make_element<Pad>};

void Pad::configure(graph::Arguments& arguments) {
  bool zero = true;
  arguments.positional("LENGTH", length_).keyword("ZERO", zero).complete();
}

Packet* Pad::act(Packet* packet) {
  const std::uint32_t extra = packet->notes.extra_length;
  const std::uint32_t missing =
      length_ == 0 ? extra : (packet->length < length_ ? length_ - packet->length : 0);
  packet->notes.extra_length = 0;
  packet = missing == 0 ? packet : grow_back(packet, missing);
  drops_ += packet == nullptr ? 1 : 0;
  return packet;
}

void Pad::add_handlers(graph::HandlerTable& handlers) { add_value(handlers, "drops", drops_); }

}  // namespace superfluid::elements
