// SPDX-License-Identifier: Apache-2.0
// VLANDecap: takes the 802.1Q tag out of Ethernet packets that have one.
// StripEtherVLANHeader: takes off the Ethernet header with its tag.
// SetVLANAnno: notes a tag on packets, for VLANEncap(ANNO).
//
//   VLANDecap([ANNO] [, ETHERTYPE n])
//   StripEtherVLANHeader([NATIVE_VLAN])
//   SetVLANAnno([VLAN_TCI, VLAN_PCP] [, VLAN_ID n])
//
// Arguments  ANNO         whether the tag is noted on the packet, 0 where there is none. Default
//                         true.
//            ETHERTYPE    the tag's type. Default 0x8100.
//            NATIVE_VLAN  what is noted for packets without a tag; -1 filters them. Default 0.
//            VLAN_TCI, VLAN_PCP, VLAN_ID  the tag's 16 bits, or its parts
// Ports      1 input, 1 output, push or pull. StripEtherVLANHeader: output 1 (push) may take what
//            it filters.
// Drops      packets that end within their tag; StripEtherVLANHeader: also within their Ethernet
//            header, and what it filters, when output 1 is not connected
// Handlers   drops (r)  VLANDecap and StripEtherVLANHeader
//            vlan_tci, vlan_id, vlan_pcp, native_vlan (rw)  SetVLANAnno; the last has no effect
// Example    f -> VLANDecap -> t;

#pragma once

#include "elements/vlan_tag.h"
#include "graph/element.h"
#include "net/ether.h"

namespace superfluid::elements {

class VLANDecap final : public graph::PerPacket<VLANDecap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  // The packet without its tag, whose bits go to `control`; nullptr when it had to be dropped.
  static graph::Packet* take_tag(graph::Packet* packet, std::uint16_t& control);

  bool note_ = true;
  base::be16 type_{static_cast<std::uint16_t>(net::EtherType::kVlan)};
  std::uint64_t drops_ = 0;
};

class StripEtherVLANHeader final : public graph::PerPacket<StripEtherVLANHeader> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::int32_t native_ = 0;
  std::uint64_t drops_ = 0;
};

class SetVLANAnno final : public graph::PerPacket<SetVLANAnno> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet) {
    packet->notes.vlan_tci = choice_.tag(*packet);
    return packet;
  }

 private:
  VlanTagChoice choice_;
};

}  // namespace superfluid::elements
