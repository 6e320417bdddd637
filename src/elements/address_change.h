// SPDX-License-Identifier: Apache-2.0
// Changing an address of an IPv4 packet with all the checksums that cover it: IPv4's, and TCP's or
// UDP's where the packet has their header.

#pragma once

#include "elements/ip_header.h"

namespace superfluid::elements {

// field: the source or destination of `datagram`, which may be written.
void change_address(const Ipv4Datagram& datagram, net::Ipv4Address& field,
                    const net::Ipv4Address& to);

// The same in the header that an ICMP error quotes, of which it has at least the first 20 bytes:
// its checksum follows, and ICMP's stays right, since the two changes in what it covers cancel out.
enum class QuotedField : std::uint8_t { kSource, kDestination };
void change_quoted_address(const Ipv4Datagram& error, QuotedField field,
                           const net::Ipv4Address& to);

}  // namespace superfluid::elements
