// SPDX-License-Identifier: Apache-2.0
// Ethernet II and 802.3 frames, and the tags of 802.1Q (customer) and 802.1ad (service) behind
// their addresses. A frame is handled without preamble and frame check sequence, as devices hand it
// over. (The file is not ethernet.h: the C library has a <net/ether.h>, and its own headers
// include it.)
//
// As everywhere in this room: XHeader is laid over the bytes in place (alignment 1), parse_x()
// gives a view of them or says why not, write_x() builds them. Views point into the bytes given and
// live as long.

#pragma once

#include <cstdint>

#include "base/cursor.h"
#include "net/address.h"
#include "net/malformed.h"

namespace superfluid::net {

enum class EtherType : std::uint16_t {
  kIpv4 = 0x0800,
  kArp = 0x0806,
  kVlan = 0x8100,
  kIpv6 = 0x86dd,
  kServiceVlan = 0x88a8,
};

// Below this value the field is the payload's length (802.3).
inline constexpr std::uint16_t kEtherTypeMin = 0x0600;

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  base::be16 type_or_length;

  EtherType ethertype() const { return static_cast<EtherType>(type_or_length.host()); }
};
static_assert(sizeof(EthernetHeader) == 14 && alignof(EthernetHeader) == 1);

// What stands behind an EtherType of kVlan or kServiceVlan.
struct VlanTag {
  base::be16 control;
  base::be16 type_or_length;

  unsigned priority() const { return control.host() >> 13; }
  bool drop_eligible() const { return (control.host() & 0x1000) != 0; }
  std::uint16_t vlan() const { return control.host() & 0xfff; }
  EtherType ethertype() const { return static_cast<EtherType>(type_or_length.host()); }
};
static_assert(sizeof(VlanTag) == 4 && alignof(VlanTag) == 1);

constexpr bool is_vlan(EtherType type) {
  return type == EtherType::kVlan || type == EtherType::kServiceVlan;
}

struct EthernetView {
  const EthernetHeader* header;
  base::ByteView payload;  // of 802.3 frames without padding; else with, its end unknown here
};

struct VlanView {
  const VlanTag* tag;
  base::ByteView payload;
};

Parsed<EthernetView> parse_ethernet(base::ByteView frame);
Parsed<VlanView> parse_vlan(base::ByteView bytes);

struct EthernetFields {
  MacAddress destination;
  MacAddress source;
  EtherType ethertype;
};

struct VlanFields {
  unsigned priority = 0;  // 0 to 7
  bool drop_eligible = false;
  std::uint16_t vlan = 0;  // 0 to 4095
  EtherType ethertype;     // of what follows
};

bool write_ethernet(base::Writer& writer, const EthernetFields& fields);
bool write_vlan(base::Writer& writer, const VlanFields& fields);

}  // namespace superfluid::net
