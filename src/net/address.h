// SPDX-License-Identifier: Apache-2.0
// MAC, IPv4 and IPv6 addresses: plain bytes as they lie on the wire, usable inside wire structs,
// with their text forms.
//
// Text is read strictly, since it comes from people and configurations: no leading zeros in IPv4
// (is 010 eight or ten?), no spaces, no zone behind an IPv6 address. Two liberties: a MAC's groups
// may have one digit ("0:1:2:3:4:5", as Click's configurations write them) and may be joined by
// dashes. Printing is canonical: lower case, RFC 5952 for IPv6; to_text() allocates nothing.
//
// Addresses are compared as numbers: compilers make calls of memcmp() of comparisons of arrays,
// which cost more than all else that most elements do with a packet.
//
// Invariants: alignment 1; parse_x(to_text(a)) == a for every a; order is that of the bytes.

#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <string_view>

#include "base/fixed_string.h"
#include "base/result.h"

namespace superfluid::net {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  static constexpr MacAddress broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }

  constexpr bool is_multicast() const { return (bytes[0] & 1) != 0; }  // broadcast included
  constexpr bool is_broadcast() const { return *this == broadcast(); }

  friend constexpr bool operator==(const MacAddress& a, const MacAddress& b) {
    using Words = std::array<std::uint16_t, 3>;
    const auto left = std::bit_cast<Words>(a.bytes);
    const auto right = std::bit_cast<Words>(b.bytes);
    return ((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2])) == 0;
  }
  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

struct Ipv4Address {
  std::array<std::uint8_t, 4> bytes{};

  static constexpr Ipv4Address from_host(std::uint32_t host) {
    return {{static_cast<std::uint8_t>(host >> 24), static_cast<std::uint8_t>(host >> 16),
             static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host)}};
  }
  constexpr std::uint32_t host() const {
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
           static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
  }

  constexpr bool is_multicast() const { return (bytes[0] & 0xf0) == 0xe0; }
  constexpr bool is_broadcast() const { return host() == 0xffffffff; }

  friend constexpr bool operator==(const Ipv4Address& a, const Ipv4Address& b) {
    return std::bit_cast<std::uint32_t>(a.bytes) == std::bit_cast<std::uint32_t>(b.bytes);
  }
  friend constexpr auto operator<=>(const Ipv4Address& a, const Ipv4Address& b) {
    return a.host() <=> b.host();
  }
};

struct Ipv6Address {
  std::array<std::uint8_t, 16> bytes{};

  constexpr bool is_multicast() const { return bytes[0] == 0xff; }
  constexpr bool is_link_local() const { return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80; }
  constexpr bool is_unspecified() const { return *this == Ipv6Address{}; }

  friend constexpr bool operator==(const Ipv6Address& a, const Ipv6Address& b) {
    using Words = std::array<std::uint64_t, 2>;
    const auto left = std::bit_cast<Words>(a.bytes);
    const auto right = std::bit_cast<Words>(b.bytes);
    return ((left[0] ^ right[0]) | (left[1] ^ right[1])) == 0;
  }
  friend constexpr auto operator<=>(const Ipv6Address&, const Ipv6Address&) = default;
};

static_assert(sizeof(MacAddress) == 6 && alignof(MacAddress) == 1);
static_assert(sizeof(Ipv4Address) == 4 && alignof(Ipv4Address) == 1);
static_assert(sizeof(Ipv6Address) == 16 && alignof(Ipv6Address) == 1);

base::Result<MacAddress> parse_mac(std::string_view text);
base::Result<Ipv4Address> parse_ipv4_address(std::string_view text);
base::Result<Ipv6Address> parse_ipv6_address(std::string_view text);

base::FixedString<17> to_text(const MacAddress& address);
base::FixedString<15> to_text(const Ipv4Address& address);
base::FixedString<39> to_text(const Ipv6Address& address);

}  // namespace superfluid::net
