// SPDX-License-Identifier: Apache-2.0
// Words about network interfaces that netlink, taps and packet sockets share: names, hardware
// addresses, IP addresses and prefixes as the kernel is told them.
//
// (The addresses in packets are the room net's business; here they are configuration.)

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace superfluid::os {

// kInvalid unless the kernel would take it literally: 1 to 15 bytes of printable ASCII without
// space, '/', ':' and '%' (which the kernel would fill in), and neither "." nor "..".
base::Status check_link_name(std::string_view name);

using HardwareAddress = std::array<std::uint8_t, 6>;

struct IpAddress {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> octets{};  // in network order; the first four when v4

  base::ByteView bytes() const { return base::ByteView(octets).first(is_v6 ? 16 : 4); }
  static base::Result<IpAddress> parse(const std::string& text);
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// 192.0.2.1/24: an address with its network, or a network.
struct IpPrefix {
  IpAddress address;
  unsigned length = 0;

  static base::Result<IpPrefix> parse(std::string_view text);
  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;
};

}  // namespace superfluid::os
