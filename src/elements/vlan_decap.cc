// SPDX-License-Identifier: Apache-2.0
#include "elements/vlan_decap.h"

#include <cstring>

#include "elements/values.h"

namespace superfluid::elements {
namespace {

using graph::Packet;

constexpr std::uint32_t kAddressesBytes = 2 * sizeof(net::MacAddress);
constexpr std::uint32_t kTagBytes = sizeof(net::VlanTag);

bool tagged(const Packet& packet, base::be16 type) {
  const auto* header = base::Cursor(packet.bytes()).peek<net::EthernetHeader>();
  return header != nullptr && header->type_or_length == type;
}

// The tag behind an Ethernet header; nullptr when the packet ends within it.
const net::VlanTag* tag_of(const Packet& packet) {
  base::Cursor cursor(packet.bytes());
  return cursor.skip(sizeof(net::EthernetHeader)) ? cursor.view<net::VlanTag>() : nullptr;
}

}  // namespace

const graph::ElementClass VLANDecap::kClass{"VLANDecap", "1/1", "a/a",
                                            graph::make_element<VLANDecap>};

void VLANDecap::configure(graph::Arguments& arguments) {
  arguments.positional("ANNO", note_).keyword("ETHERTYPE", type_).complete();
}

Packet* VLANDecap::take_tag(Packet* packet, std::uint16_t& control) {
  const net::VlanTag* tag = tag_of(*packet);
  if (tag == nullptr) {
    release(packet);
    return nullptr;
  }
  control = tag->control.host();
  packet = writable(packet);
  if (packet != nullptr) {
    std::memmove(packet->data + kTagBytes, packet->data, kAddressesBytes);
    packet->pull(kTagBytes);
  }
  return packet;
}

Packet* VLANDecap::act(Packet* packet) {
  std::uint16_t control = 0;
  if (tagged(*packet, type_)) {
    packet = take_tag(packet, control);
    if (packet == nullptr) {
      ++drops_;
      return nullptr;
    }
  }
  packet->mac = packet->data;
  if (note_) {
    packet->notes.vlan_tci = control;
  }
  return packet;
}

void VLANDecap::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

const graph::ElementClass StripEtherVLANHeader::kClass{"StripEtherVLANHeader", "1/1-2", "a/ah",
                                                       graph::make_element<StripEtherVLANHeader>};

void StripEtherVLANHeader::configure(graph::Arguments& arguments) {
  arguments.positional("NATIVE_VLAN", native_).complete();
  if (native_ > 0xfff) {
    arguments.complain("bad NATIVE_VLAN");
  }
}

Packet* StripEtherVLANHeader::act(Packet* packet) {
  const bool has_tag =
      tagged(*packet, base::be16(static_cast<std::uint16_t>(net::EtherType::kVlan)));
  const net::VlanTag* tag = has_tag ? tag_of(*packet) : nullptr;
  if (tag != nullptr) {
    packet->notes.vlan_tci = tag->control.host();
    packet->pull(sizeof(net::EthernetHeader) + kTagBytes);
  } else if (!has_tag && native_ >= 0 && packet->length >= sizeof(net::EthernetHeader)) {
    packet->notes.vlan_tci = static_cast<std::uint16_t>(native_);
    packet->pull(sizeof(net::EthernetHeader));
  } else {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  return packet;
}

void StripEtherVLANHeader::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

const graph::ElementClass SetVLANAnno::kClass{"SetVLANAnno", "1/1", "a/a",
                                              graph::make_element<SetVLANAnno>};

void SetVLANAnno::configure(graph::Arguments& arguments) {
  choice_.expect(arguments);
  arguments.complete();
  choice_.settle(arguments);
}

void SetVLANAnno::add_handlers(graph::HandlerTable& handlers) { choice_.add_handlers(handlers); }

}  // namespace superfluid::elements
