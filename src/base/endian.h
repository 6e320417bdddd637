// SPDX-License-Identifier: Apache-2.0
// be16, be32, be64: integers as they lie on the wire. There is no implicit conversion, so that a
// forgotten byte swap does not compile. Alignment 1: a struct of these fields may be laid over
// bytes at any address.

#pragma once

#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace superfluid::base {

template <std::unsigned_integral T>
class BigEndian {
 public:
  constexpr BigEndian() = default;
  constexpr explicit BigEndian(T host) { set(host); }

  constexpr T host() const {
    const T raw = std::bit_cast<T>(bytes_);
    return std::endian::native == std::endian::big ? raw : swap(raw);
  }
  constexpr void set(T host) {
    bytes_ = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(
        std::endian::native == std::endian::big ? host : swap(host));
  }

  // The sixteen (or more) bits as they lie in memory: for checksums and hashes, which do not care
  // for order.
  constexpr T raw() const { return std::bit_cast<T>(bytes_); }

  friend constexpr bool operator==(const BigEndian& a, const BigEndian& b) {
    return a.raw() == b.raw();
  }
  friend constexpr auto operator<=>(const BigEndian& a, const BigEndian& b) {
    return a.host() <=> b.host();
  }

 private:
  static constexpr T swap(T value) {
    if constexpr (sizeof(T) == 2) {
      return __builtin_bswap16(value);
    } else if constexpr (sizeof(T) == 4) {
      return __builtin_bswap32(value);
    } else {
      static_assert(sizeof(T) == 8);
      return __builtin_bswap64(value);
    }
  }

  std::array<std::uint8_t, sizeof(T)> bytes_{};
};

using be16 = BigEndian<std::uint16_t>;
using be32 = BigEndian<std::uint32_t>;
using be64 = BigEndian<std::uint64_t>;

static_assert(sizeof(be16) == 2 && alignof(be16) == 1);
static_assert(sizeof(be32) == 4 && alignof(be32) == 1);
static_assert(sizeof(be64) == 8 && alignof(be64) == 1);

}  // namespace superfluid::base
