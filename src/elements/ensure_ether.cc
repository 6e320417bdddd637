// SPDX-License-Identifier: Apache-2.0
#include "elements/ensure_ether.h"

#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

bool says_ip(const std::uint8_t* at) {
  const auto type = reinterpret_cast<const net::EthernetHeader*>(at)->ethertype();
  return type == net::EtherType::kIpv4 || type == net::EtherType::kIpv6;
}

}  // namespace

const graph::ElementClass EnsureEther::kClass{"EnsureEther", "1/1", "a/a",
                                              graph::make_element<EnsureEther>};

void EnsureEther::configure(graph::Arguments& arguments) {
  arguments.positional("ETHERTYPE", header_.type_or_length)
      .positional("SRC", header_.source)
      .positional("DST", header_.destination)
      .complete();
}

Packet* EnsureEther::act(Packet* packet) {
  if (packet->network < packet->data || packet->network > packet->data + packet->length) {
    return packet;
  }
  const auto in_front = static_cast<std::uint32_t>(packet->network - packet->data);
  if (in_front == sizeof header_ && says_ip(packet->data)) {
    return packet;
  }
  // Bytes in front of the packet are those of a header only where one is noted there.
  if (in_front == 0 && packet->headroom() >= sizeof header_ &&
      packet->mac == packet->data - sizeof header_ && says_ip(packet->mac)) {
    packet->data -= sizeof header_;
    packet->length += static_cast<std::uint32_t>(sizeof header_);
    return packet;
  }
  packet->pull(in_front);
  packet = push_front(packet, sizeof header_);
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  std::memcpy(packet->data, &header_, sizeof header_);
  packet->mac = packet->data;
  return packet;
}

void EnsureEther::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
