// SPDX-License-Identifier: Apache-2.0
// find_ip(): notes where a received packet's IP header is, for elements that receive (FORCE_IP).

#pragma once

#include "graph/packet.h"

namespace superfluid::elements {

// What a packet begins with.
enum class LinkHeader : std::uint8_t { kNone, kEthernet };

// Behind at most one VLAN tag. False, and nothing is noted, when there is no whole IP header.
bool find_ip(graph::Packet& packet, LinkHeader link);

}  // namespace superfluid::elements
