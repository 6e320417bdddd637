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

}  // namespace

// Two sums, so that they need not wait for each other. The rest is taken in halving steps, each of
// which begins at an even offset: headers are short, and a loop made for long runs, or a copy of
// variable length, would cost more than their sum.
std::uint16_t sum_of_words(base::ByteView bytes) {
  std::uint64_t even = 0;
  std::uint64_t odd = 0;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  const auto take = [&](std::size_t count) {
    for (std::size_t offset = 0; offset < count; offset += 16) {
      add_around(even, load<std::uint64_t>(at + offset));
      add_around(odd, load<std::uint64_t>(at + offset + 8));
    }
    at += count;
    left -= count;
  };
  while (left >= 32) {
    take(32);
  }
  if (left >= 16) {
    take(16);
  }
  if (left >= 8) {
    add_around(even, load<std::uint64_t>(at));
    at += 8;
    left -= 8;
  }
  if (left >= 4) {
    add_around(odd, load<std::uint32_t>(at));
    at += 4;
    left -= 4;
  }
  if (left >= 2) {
    add_around(even, load<std::uint16_t>(at));
    at += 2;
    left -= 2;
  }
  if (left != 0) {
    add_around(odd, std::bit_cast<std::uint16_t>(std::array<std::uint8_t, 2>{*at, 0}));
  }
  add_around(even, odd);
  return fold_sum(even);
}

base::be16 internet_checksum(base::ByteView bytes) {
  return std::bit_cast<base::be16>(static_cast<std::uint16_t>(~sum_of_words(bytes)));
}

bool internet_checksum_holds(base::ByteView bytes) { return sum_of_words(bytes) == 0xffff; }

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
