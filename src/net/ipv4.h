// SPDX-License-Identifier: Apache-2.0
// IPv4 (RFC 791) with options.
//
// parse_ipv4() checks version and lengths, which every reader relies on; it does not walk the
// options (net/options.h does) and does not sum the header (verify_checksum() does), since not
// every reader needs that.

#pragma once

#include "base/cursor.h"
#include "net/address.h"
#include "net/ip_protocol.h"
#include "net/malformed.h"

namespace superfluid::net {

struct Ipv4Header {
  std::uint8_t version_and_words;  // header length in words of 4 bytes
  std::uint8_t dscp_and_ecn;
  base::be16 total_length;
  base::be16 identification;
  base::be16 flags_and_offset;  // offset in units of 8 bytes
  std::uint8_t ttl;
  IpProtocol protocol;
  base::be16 checksum;
  Ipv4Address source;
  Ipv4Address destination;

  unsigned version() const { return version_and_words >> 4; }
  std::size_t header_length() const { return 4u * (version_and_words & 0xf); }
  unsigned dscp() const { return dscp_and_ecn >> 2; }
  unsigned ecn() const { return dscp_and_ecn & 3; }
  bool reserved_flag() const { return (flags_and_offset.host() & 0x8000) != 0; }
  bool dont_fragment() const { return (flags_and_offset.host() & 0x4000) != 0; }
  bool more_fragments() const { return (flags_and_offset.host() & 0x2000) != 0; }
  std::size_t fragment_offset() const { return 8u * (flags_and_offset.host() & 0x1fff); }
  FragmentPlace fragment_place() const {
    return fragment_offset() != 0 ? FragmentPlace::kLater
           : more_fragments()     ? FragmentPlace::kFirst
                                  : FragmentPlace::kWhole;
  }
};
static_assert(sizeof(Ipv4Header) == 20 && alignof(Ipv4Header) == 1);

inline constexpr std::size_t kIpv4OptionsBytesMax = 40;

struct Ipv4View {
  const Ipv4Header* header;
  base::ByteView options;
  base::ByteView payload;  // to the stated total length: padding behind it is not part of it
};

Parsed<Ipv4View> parse_ipv4(base::ByteView bytes, Extent extent = Extent::kWhole);

// kBadChecksum unless the header sums up.
Parsed<void> verify_checksum(const Ipv4View& view);

enum class Ipv4OptionKind : std::uint8_t {
  kRecordRoute = 7,
  kTimestamp = 68,
  kLooseSourceRoute = 131,
  kStrictSourceRoute = 137,
  kRouterAlert = 148,
};

struct Ipv4Fields {
  unsigned dscp = 0;  // 0 to 63
  unsigned ecn = 0;   // 0 to 3
  std::uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::size_t fragment_offset = 0;  // in bytes, a multiple of 8
  std::uint8_t ttl = 64;
  IpProtocol protocol;
  Ipv4Address source;
  Ipv4Address destination;
  base::ByteView options = {};  // at most 40 bytes, padded here to a multiple of 4 with zeros
};

// The header of a packet that carries `payload_length` bytes, checksum included. Refused when the
// total length does not fit 16 bits.
bool write_ipv4(base::Writer& writer, const Ipv4Fields& fields, std::size_t payload_length);

}  // namespace superfluid::net
