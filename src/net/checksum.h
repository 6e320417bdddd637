// SPDX-License-Identifier: Apache-2.0
// The Internet checksum (RFC 1071): whole, in pieces, across pseudo-headers, and updated in place
// when a field changes (RFC 1624, equation 3).
//
// The sum is kept as the bytes lie in memory, since one's complement addition does not care for
// byte order; nothing is swapped until a be16 is made, and that is a copy.
//
// The corner: zero has two forms. A checksum computed here is 0xffff only when every byte covered
// is zero, which no IP header and no pseudo-header is; under that condition an updated checksum
// equals the recomputed one bit for bit. UDP says "no checksum" with 0x0000 and sends a true zero
// as 0xffff: udp_checksum() and ChecksumDelta::apply_udp() keep to that.
//
// Threads: pure.

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.h"
#include "base/endian.h"
#include "net/address.h"
#include "net/ip_protocol.h"

namespace superfluid::net {

// The sixteen bits that a one's complement sum of 16-bit words folds into.
constexpr std::uint16_t fold_sum(std::uint64_t sum) {
  // Added to itself turned by half, the upper half is the sum of both, its carry brought round.
  sum += std::rotl(sum, 32);
  auto half = static_cast<std::uint32_t>(sum >> 32);
  half += std::rotl(half, 16);
  return static_cast<std::uint16_t>(half >> 16);
}

// One's complement addition of 64 bits: a carry comes back in at the other end.
constexpr void add_around(std::uint64_t& sum, std::uint64_t word) {
  const bool carry = __builtin_add_overflow(sum, word, &sum);
  sum += carry ? 1 : 0;
}

// The sum of bytes as words as they lie in memory, a last odd byte as if a zero followed.
std::uint16_t sum_of_words(base::ByteView bytes);

// A sum in progress over bytes that come piece by piece; pieces of odd length are welcome.
class InternetSum {
 public:
  void add(base::ByteView bytes) { append_even(sum_of_words(bytes), bytes.size()); }
  void add(base::be16 word) { append_even(word.raw(), 2); }
  void add(const Ipv4Address& address) {
    const auto raw = std::bit_cast<std::uint32_t>(address);
    append_even(static_cast<std::uint16_t>(raw), 2);
    append_even(static_cast<std::uint16_t>(raw >> 16), 2);
  }

  // Bytes summed elsewhere that follow those summed here.
  void append(const InternetSum& piece) { append_even(fold_sum(piece.sum_), piece.odd_ ? 1 : 0); }

  // What goes into the header.
  base::be16 checksum() const {
    return std::bit_cast<base::be16>(static_cast<std::uint16_t>(~fold_sum(sum_)));
  }
  // The same for UDP, where zero means that there is none.
  base::be16 udp_checksum() const {
    const base::be16 sum = checksum();
    return sum.raw() == 0 ? base::be16(0xffff) : sum;
  }
  // True when the bytes, their checksum included, are as they were sent.
  bool holds() const { return fold_sum(sum_) == 0xffff; }

 private:
  // `sum` was made as if its first byte had an even position.
  void append_even(std::uint16_t sum, std::size_t length) {
    sum_ += odd_ ? __builtin_bswap16(sum) : sum;
    odd_ = odd_ != (length % 2 != 0);
  }

  std::uint64_t sum_ = 0;
  bool odd_ = false;
};

// The checksum of bytes whose own checksum field is zero.
base::be16 internet_checksum(base::ByteView bytes);
// Whether bytes that include their checksum are as they were sent.
bool internet_checksum_holds(base::ByteView bytes);

// The same for the twenty bytes of an IPv4 header without options, which is nearly every header.
inline bool internet_checksum_holds(std::span<const std::uint8_t, 20> header) {
  std::uint64_t first;
  std::uint64_t second;
  std::uint32_t third;
  std::memcpy(&first, header.data(), sizeof first);
  std::memcpy(&second, header.data() + 8, sizeof second);
  std::memcpy(&third, header.data() + 16, sizeof third);
  add_around(first, second);
  add_around(first, third);
  return fold_sum(first) == 0xffff;
}

// What TCP, UDP and ICMPv6 sum besides their own bytes. Holds the addresses' sum, so that one made
// for a flow serves all its packets.
class PseudoHeader {
 public:
  PseudoHeader(const Ipv4Address& source, const Ipv4Address& destination);
  PseudoHeader(const Ipv6Address& source, const Ipv6Address& destination);

  bool is_ipv6() const { return ipv6_; }
  // length: of the transport's header and payload.
  InternetSum sum(IpProtocol protocol, std::size_t length) const;

 private:
  InternetSum addresses_;
  bool ipv6_;
};

// The change of a checksum when fields at even offsets change. One delta serves every checksum that
// covers the fields: a translated address changes IPv4's and TCP's by the same.
class ChecksumDelta {
 public:
  void replace(base::be16 from, base::be16 to) {
    sum_ += static_cast<std::uint16_t>(~from.raw());
    sum_ += to.raw();
  }
  void replace(base::be32 from, base::be32 to) {
    sum_ += static_cast<std::uint32_t>(~from.raw());
    sum_ += to.raw();
  }
  void replace(const Ipv4Address& from, const Ipv4Address& to) {
    replace(std::bit_cast<base::be32>(from), std::bit_cast<base::be32>(to));
  }
  void replace(const Ipv6Address& from, const Ipv6Address& to);

  // Sixteen bits say it all: a flow keeps them for its packets. Zero when nothing changes.
  std::uint16_t bits() const {
    const std::uint16_t folded = fold_sum(sum_);
    return folded == 0xffff ? std::uint16_t{0} : folded;
  }
  static ChecksumDelta of_bits(std::uint16_t bits) {
    ChecksumDelta delta;
    delta.sum_ = bits;
    return delta;
  }
  // What takes this change back.
  ChecksumDelta reversed() const { return of_bits(static_cast<std::uint16_t>(~fold_sum(sum_))); }

  base::be16 apply(base::be16 checksum) const {
    const auto before = static_cast<std::uint16_t>(~checksum.raw());
    return std::bit_cast<base::be16>(static_cast<std::uint16_t>(~fold_sum(sum_ + before)));
  }
  // No checksum stays no checksum; a true zero is sent as 0xffff.
  base::be16 apply_udp(base::be16 checksum) const {
    if (checksum.raw() == 0) {
      return checksum;
    }
    const base::be16 after = apply(checksum);
    return after.raw() == 0 ? base::be16(0xffff) : after;
  }

 private:
  std::uint64_t sum_ = 0;
};

}  // namespace superfluid::net
