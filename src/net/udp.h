// SPDX-License-Identifier: Apache-2.0
// UDP (RFC 768). Its length may end before the IP payload does, never behind it. A checksum of zero
// means "none": allowed over IPv4, a bad checksum over IPv6 (tunnels that use RFC 6935's exception
// accept it themselves).

#pragma once

#include "base/cursor.h"
#include "net/checksum.h"
#include "net/malformed.h"

namespace superfluid::net {

inline constexpr std::uint16_t kVxlanPort = 4789;
inline constexpr std::uint16_t kGtpuPort = 2152;

struct UdpHeader {
  base::be16 source_port;
  base::be16 destination_port;
  base::be16 length;
  base::be16 checksum;
};
static_assert(sizeof(UdpHeader) == 8 && alignof(UdpHeader) == 1);

struct UdpView {
  const UdpHeader* header;
  base::ByteView datagram;  // header and payload: what the checksum covers
  base::ByteView payload;
};

Parsed<UdpView> parse_udp(base::ByteView bytes, Extent extent = Extent::kWhole);
Parsed<void> verify_checksum(const UdpView& view, const PseudoHeader& pseudo_header);

enum class UdpChecksum : std::uint8_t { kFull, kNone };

struct UdpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  UdpChecksum checksum = UdpChecksum::kFull;
};

// Refused when the datagram does not fit 16 bits of length.
bool write_udp(base::Writer& writer, const UdpFields& fields, const PseudoHeader& pseudo_header,
               base::ByteView payload);

}  // namespace superfluid::net
