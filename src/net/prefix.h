// SPDX-License-Identifier: Apache-2.0
// Ipv4Prefix and Ipv6Prefix: an address range written as 10.0.0.0/8.
//
// Invariants: length() <= kLengthMax; the bits behind the prefix are zero, so that equal ranges are
// equal values. Text that breaks this ("10.0.0.1/8") is refused with the range that it lies in: the
// writer meant either a host or a range, and only the writer knows which.

#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "base/fixed_string.h"
#include "base/result.h"
#include "net/address.h"

namespace superfluid::net {

template <typename Address>
class Prefix {
 public:
  static constexpr unsigned kLengthMax = 8 * sizeof(Address);

  constexpr Prefix() = default;  // the range of all addresses

  // The range of `length` bits that `address` lies in; nullopt when length > kLengthMax.
  static constexpr std::optional<Prefix> make(const Address& address, unsigned length) {
    if (length > kLengthMax) {
      return std::nullopt;
    }
    Prefix prefix;
    prefix.length_ = static_cast<std::uint8_t>(length);
    for (std::size_t i = 0; i < sizeof(Address); ++i) {
      prefix.address_.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & prefix.mask(i));
    }
    return prefix;
  }

  constexpr const Address& address() const { return address_; }
  constexpr unsigned length() const { return length_; }

  constexpr bool contains(const Address& address) const {
    for (std::size_t i = 0; i < sizeof(Address); ++i) {
      if ((address.bytes[i] & mask(i)) != address_.bytes[i]) {
        return false;
      }
    }
    return true;
  }

  friend constexpr bool operator==(const Prefix&, const Prefix&) = default;
  friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  // The bits of byte i that belong to the prefix.
  constexpr unsigned mask(std::size_t i) const {
    const std::size_t before = 8 * i;
    if (length_ <= before) {
      return 0;
    }
    const std::size_t bits = length_ - before;
    return bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;
  }

  Address address_{};
  std::uint8_t length_ = 0;
};

using Ipv4Prefix = Prefix<Ipv4Address>;
using Ipv6Prefix = Prefix<Ipv6Address>;

base::Result<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);
base::Result<Ipv6Prefix> parse_ipv6_prefix(std::string_view text);

base::FixedString<18> to_text(const Ipv4Prefix& prefix);
base::FixedString<43> to_text(const Ipv6Prefix& prefix);

}  // namespace superfluid::net
