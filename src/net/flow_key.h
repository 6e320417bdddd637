// SPDX-License-Identifier: Apache-2.0
// FlowKey: who talks to whom, in 40 bytes without holes; Ipv4FlowKey, in 16, for tables of IPv4
// alone; and FlowHasher: the key as a number.
//
// Ports are TCP's, UDP's and SCTP's. An echo's identifier stands in both places, so that the key of
// a reply is the reverse of its request's. Everything else, and every fragment, has zero ports:
// only the first fragment carries them, and one datagram must not be two flows.
//
// FlowHasher is not cryptographic. Its secret words come from a seed, so that who does not know the
// seed cannot choose keys that fall together in advance; who can watch the hashes (by timing a
// table, say) may learn it. Tables bound their chains all the same, and take seeds from the host's
// random source.
//
// Invariants: two keys are equal when their bytes are; IPv4 addresses fill the first four of the
// sixteen bytes, the rest is zero; key.reversed().reversed() == key.
// hasher.symmetric(key) == hasher.symmetric(key.reversed()).
//
// Threads: pure.

#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>

#include "base/cursor.h"
#include "net/address.h"
#include "net/ip_protocol.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/malformed.h"

namespace superfluid::net {

struct FlowKey {
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> destination{};
  base::be16 source_port;
  base::be16 destination_port;
  IpProtocol protocol{};
  std::uint8_t version = 0;  // 4 or 6
  std::array<std::uint8_t, 2> zero{};

  static FlowKey of(const Ipv4Address& source, const Ipv4Address& destination, IpProtocol protocol);
  static FlowKey of(const Ipv6Address& source, const Ipv6Address& destination, IpProtocol protocol);

  FlowKey reversed() const;

  friend constexpr bool operator==(const FlowKey&, const FlowKey&) = default;
  friend constexpr auto operator<=>(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 40 && alignof(FlowKey) == 1);

// What its protocol and ports mean is its table's business: a translator of addresses leaves both
// zero.
struct Ipv4FlowKey {
  Ipv4Address source{};
  Ipv4Address destination{};
  base::be16 source_port{};
  base::be16 destination_port{};
  IpProtocol protocol{};
  std::array<std::uint8_t, 3> zero{};

  Ipv4FlowKey reversed() const {
    return {destination, source, destination_port, source_port, protocol, zero};
  }

  friend constexpr bool operator==(const Ipv4FlowKey& a, const Ipv4FlowKey& b) {
    using Words = std::array<std::uint64_t, 2>;
    const auto left = std::bit_cast<Words>(a);
    const auto right = std::bit_cast<Words>(b);
    return ((left[0] ^ right[0]) | (left[1] ^ right[1])) == 0;
  }
  friend constexpr auto operator<=>(const Ipv4FlowKey&, const Ipv4FlowKey&) = default;
};
static_assert(sizeof(Ipv4FlowKey) == 16 && alignof(Ipv4FlowKey) == 1);

// The key of a parsed packet. kTruncated when a transport with ports ends before its header does.
Parsed<FlowKey> flow_key_of(const Ipv4View& view);
Parsed<FlowKey> flow_key_of(const Ipv6View& view);
// The same from the bytes of an IP packet of either version.
Parsed<FlowKey> flow_key_of(base::ByteView packet);

class FlowHasher {
 public:
  explicit FlowHasher(std::uint64_t seed);

  // All 64 bits are usable.
  std::uint64_t operator()(const FlowKey& key) const;
  std::uint64_t operator()(const Ipv4FlowKey& key) const {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(key);
    return mix(mix(words[0] ^ secret_[0], words[1] ^ secret_[1]) ^ secret_[2], kOdd);
  }
  // The same for both directions of a flow.
  std::uint64_t symmetric(const FlowKey& key) const;

 private:
  static constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;

  // Two words become one in which every bit depends on every bit of both: the halves of their
  // product, folded. A zero on one side would hide the other; the secret words see to that.
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  using KeyWords = std::array<std::uint64_t, sizeof(FlowKey) / 8>;
  std::uint64_t hash_words(const KeyWords& words) const;

  std::array<std::uint64_t, 6> secret_;
};

}  // namespace superfluid::net
