// SPDX-License-Identifier: Apache-2.0
#include "elements/vlan_encap.h"

#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {
namespace {

using graph::Packet;

constexpr std::uint32_t kAddressesBytes = 2 * sizeof(net::MacAddress);

// What stands between the addresses and the type of a tagged packet.
struct Tag {
  base::be16 type;
  base::be16 control;
};
static_assert(sizeof(Tag) == sizeof(net::VlanTag));

}  // namespace

const graph::ElementClass EtherVLANEncap::kClass{"EtherVLANEncap", "1/1", "a/a",
                                                 graph::make_element<EtherVLANEncap>};

void EtherVLANEncap::configure(graph::Arguments& arguments) {
  arguments.required("ETHERTYPE", header_.type_or_length)
      .required("SRC", header_.source)
      .required("DST", header_.destination);
  choice_.expect(arguments);
  arguments.complete();
  choice_.settle(arguments);
}

Packet* EtherVLANEncap::act(Packet* packet) {
  const std::uint16_t control = choice_.tag(*packet);
  const std::uint32_t tag_bytes = choice_.native(control) ? 0 : sizeof(Tag);
  packet = push_front(packet, sizeof header_ + tag_bytes);
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  std::uint8_t* const after_addresses = packet->data + kAddressesBytes;
  const Tag tag{base::be16(static_cast<std::uint16_t>(net::EtherType::kVlan)), base::be16(control)};
  std::memcpy(packet->data, &header_, kAddressesBytes);
  std::memcpy(after_addresses, &tag, tag_bytes);
  std::memcpy(after_addresses + tag_bytes, &header_.type_or_length, sizeof header_.type_or_length);
  packet->mac = packet->data;
  return packet;
}

void EtherVLANEncap::add_handlers(graph::HandlerTable& handlers) {
  add_address_setting(handlers, "src", header_.source, *this);
  add_address_setting(handlers, "dst", header_.destination, *this);
  add_setting(handlers, "ethertype", header_.type_or_length);
  choice_.add_handlers(handlers);
  add_value(handlers, "drops", drops_);
}

const graph::ElementClass VLANEncap::kClass{"VLANEncap", "1/1", "a/a",
                                            graph::make_element<VLANEncap>};

void VLANEncap::configure(graph::Arguments& arguments) {
  choice_.expect(arguments);
  arguments.keyword("ETHERTYPE", type_).complete();
  choice_.settle(arguments);
}

Packet* VLANEncap::act(Packet* packet) {
  const std::uint16_t control = choice_.tag(*packet);
  if (packet->length < sizeof(net::EthernetHeader)) {
    ++drops_;
    release(packet);
    return nullptr;
  }
  if (!choice_.native(control)) {
    packet = push_front(packet, sizeof(Tag));
    if (packet == nullptr) {
      ++drops_;
      return nullptr;
    }
    const Tag tag{type_, base::be16(control)};
    std::memmove(packet->data, packet->data + sizeof tag, kAddressesBytes);
    std::memcpy(packet->data + kAddressesBytes, &tag, sizeof tag);
  }
  packet->mac = packet->data;
  return packet;
}

void VLANEncap::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "ethertype", type_);
  choice_.add_handlers(handlers);
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
