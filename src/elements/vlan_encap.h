// SPDX-License-Identifier: Apache-2.0
// EtherVLANEncap: puts an Ethernet header with an 802.1Q tag in front of packets.
// VLANEncap: puts the tag into the Ethernet header that they have.
//
//   EtherVLANEncap(ETHERTYPE, SRC, DST [, VLAN_TCI, VLAN_PCP] [, VLAN_ID n, NATIVE_VLAN n])
//   VLANEncap([VLAN_TCI, VLAN_PCP] [, VLAN_ID n, NATIVE_VLAN n, ETHERTYPE n])
//
// Arguments  ETHERTYPE  EtherVLANEncap: what the packets are, such as 0x0800
//                       VLANEncap: the tag's own type. Default 0x8100.
//            SRC, DST   Ethernet addresses
//            VLAN_TCI, VLAN_PCP, VLAN_ID, NATIVE_VLAN  see elements/vlan_tag.h
// Ports      1 input, 1 output, push or pull
// Drops      packets that would grow beyond what a packet can hold; VLANEncap: packets too short
//            for an Ethernet header
// Handlers   src, dst (rw)  EtherVLANEncap only
//            ethertype, vlan_tci, vlan_id, vlan_pcp, native_vlan (rw)
//            drops (r)
// Example    f -> EtherVLANEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2, 17) -> t;

#pragma once

#include "elements/vlan_tag.h"
#include "graph/element.h"
#include "net/ether.h"

namespace superfluid::elements {

class EtherVLANEncap final : public graph::PerPacket<EtherVLANEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::EthernetHeader header_;  // its type is that of the packets
  VlanTagChoice choice_;
  std::uint64_t drops_ = 0;
};

class VLANEncap final : public graph::PerPacket<VLANEncap> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  base::be16 type_{static_cast<std::uint16_t>(net::EtherType::kVlan)};
  VlanTagChoice choice_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
