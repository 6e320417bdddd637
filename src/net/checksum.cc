// SPDX-License-Identifier: Apache-2.0
#include "net/checksum.h"

#include <array>
#include <bit>
#include <cstring>

namespace superfluid::net {
namespace {

template <typename Word>
Word load(const std::uint8_t* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The sum of bytes as native words, a last odd byte as if a zero followed. Halves of 32 bits are
// added to 64-bit lanes, which cannot overflow below 2^32 words and which the compiler turns into
// vectors. The rest is taken in halving steps, each of which begins at an even offset: a header of
// 20 bytes has one, and a copy of variable length would cost more than the sum.
std::uint16_t sum_of(base::ByteView bytes) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const auto word = load<std::uint64_t>(at);
    low += word & 0xffffffff;
    high += word >> 32;
  }
  if (left >= 4) {
    low += load<std::uint32_t>(at);
    at += 4;
    left -= 4;
  }
  if (left >= 2) {
    low += load<std::uint16_t>(at);
    at += 2;
    left -= 2;
  }
  if (left != 0) {
    low += std::bit_cast<std::uint16_t>(std::array<std::uint8_t, 2>{*at, 0});
  }
  return fold_sum(std::uint64_t{fold_sum(low)} + fold_sum(high));
}

}  // namespace

void InternetSum::add(base::ByteView bytes) { append_even(sum_of(bytes), bytes.size()); }

base::be16 internet_checksum(base::ByteView bytes) {
  return std::bit_cast<base::be16>(static_cast<std::uint16_t>(~sum_of(bytes)));
}

bool internet_checksum_holds(base::ByteView bytes) { return sum_of(bytes) == 0xffff; }

PseudoHeader::PseudoHeader(const Ipv4Address& source, const Ipv4Address& destination)
    : ipv6_(false) {
  addresses_.add(source);
  addresses_.add(destination);
}

PseudoHeader::PseudoHeader(const Ipv6Address& source, const Ipv6Address& destination)
    : ipv6_(true) {
  addresses_.add(source.bytes);
  addresses_.add(destination.bytes);
}

InternetSum PseudoHeader::sum(IpProtocol protocol, std::size_t length) const {
  InternetSum sum = addresses_;
  sum.add(base::be16(static_cast<std::uint16_t>(protocol)));
  // IPv6 has 32 bits for the length, IPv4 sixteen: the upper half is zero there.
  sum.add(base::be16(static_cast<std::uint16_t>(length >> 16)));
  sum.add(base::be16(static_cast<std::uint16_t>(length)));
  return sum;
}

void ChecksumDelta::replace(const Ipv6Address& from, const Ipv6Address& to) {
  for (std::size_t i = 0; i < sizeof from; i += sizeof(base::be32)) {
    base::be32 before;
    base::be32 after;
    std::memcpy(&before, from.bytes.data() + i, sizeof before);
    std::memcpy(&after, to.bytes.data() + i, sizeof after);
    replace(before, after);
  }
}

}  // namespace superfluid::net
