// SPDX-License-Identifier: Apache-2.0
// Where elements find the IPv6 header that CheckIP6Header or MarkIP6Header noted on a packet; what
// elements/ip_header.h is for IPv4.

#pragma once

#include "elements/ip_header.h"
#include "net/ipv6.h"

namespace superfluid::elements {

// Its 40 bytes are there; what they promise may not be.
inline net::Ipv6Header* ipv6_header(const graph::Packet& packet) {
  return header_at<net::Ipv6Header>(packet, packet.network);
}

}  // namespace superfluid::elements
