// SPDX-License-Identifier: Apache-2.0
// VXLAN (RFC 7348): an Ethernet frame in UDP (port kVxlanPort of net/udp.h), with the number of the
// network that it belongs to.

#pragma once

#include "base/cursor.h"
#include "net/malformed.h"

namespace superfluid::net {

struct VxlanHeader {
  base::be32 flags;
  base::be32 network_and_reserved;

  bool has_network() const { return (flags.host() & 0x08000000) != 0; }
  std::uint32_t network() const { return network_and_reserved.host() >> 8; }
};
static_assert(sizeof(VxlanHeader) == 8 && alignof(VxlanHeader) == 1);

struct VxlanView {
  const VxlanHeader* header;
  base::ByteView frame;
};

// kBadValue without the flag that says that the network's number is valid; reserved bits are
// ignored, as the RFC asks.
Parsed<VxlanView> parse_vxlan(base::ByteView bytes);

// network: 24 bits.
bool write_vxlan(base::Writer& writer, std::uint32_t network);

}  // namespace superfluid::net
