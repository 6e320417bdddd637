// SPDX-License-Identifier: Apache-2.0
// VlanTagChoice: which 802.1Q tag a packet gets: the arguments and handlers that EtherVLANEncap and
// VLANEncap share.
//
// Arguments  VLAN_TCI     the tag's 16 bits, or ANNO: those in the packet's notes
//            VLAN_PCP     its priority, 0 to 7
//            VLAN_ID      its VLAN, 0 to 4095, where VLAN_TCI is not given
//            NATIVE_VLAN  the VLAN whose packets get no tag, -1 for none. Default 0.
// Handlers   vlan_tci, vlan_id, vlan_pcp, native_vlan (rw)

#pragma once

#include <cstdint>
#include <string>

#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/packet.h"

namespace superfluid::elements {

class VlanTagChoice {
 public:
  // Before and after arguments.complete().
  void expect(graph::Arguments& arguments);
  void settle(graph::Arguments& arguments);
  void add_handlers(graph::HandlerTable& handlers);

  std::uint16_t tag(const graph::Packet& packet) const {
    return from_notes_ ? packet.notes.vlan_tci : tag_;
  }
  bool native(std::uint16_t tag) const { return (tag & kVlanMax) == native_; }

 private:
  static constexpr std::int32_t kVlanMax = 0xfff;
  static constexpr std::int32_t kPriorityMax = 7;
  static constexpr unsigned kPriorityShift = 13;

  graph::Complaint choose(std::string_view tci);

  std::string tci_text_;
  std::int32_t priority_ = 0;
  std::int32_t vlan_ = 0;
  std::int32_t native_ = 0;
  std::uint16_t tag_ = 0;
  bool from_notes_ = false;
};

}  // namespace superfluid::elements
