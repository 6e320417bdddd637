// SPDX-License-Identifier: Apache-2.0
#include "net/checksum.h"

#include <cstring>

namespace superfluid::net {
namespace {

// The sum of bytes as native words, a last odd byte as if a zero followed. Halves of 32 bits are
// added to 64-bit lanes, which cannot overflow below 2^32 words and which the compiler turns into
// vectors.
std::uint16_t sum_of(base::ByteView bytes) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    low += word & 0xffffffff;
    high += word >> 32;
  }
  if (left != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    low += word & 0xffffffff;
    high += word >> 32;
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
  addresses_.add(source.bytes);
  addresses_.add(destination.bytes);
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
