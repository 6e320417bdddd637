// SPDX-License-Identifier: Apache-2.0
// RouteTable and RouteTable6: longest-prefix match for IPv4 and IPv6, over tables that change while
// they are used.
//
// A tree of nodes of 256 entries, one byte of the address a level. An entry is a child node, or the
// next hop of the longest prefix that covers all of its addresses: lookups never go back up. find()
// takes a batch through the tree level by level and prefetches, so that the misses of its packets
// overlap.
//
// Invariants
//   1. Every entry that is no child holds the longest stored prefix that covers it.
//   2. A node below the root holds a prefix longer than its own place: when its last one goes, so
//      does the node. A table that is empty again is as small as a new one.
//   3. A refused add() or remove() changes nothing. Memory is bounded by kNodesMax (1 KiB each) and
//      kRoutesMax.
//
// Threads: none inside.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/hash_map.h"
#include "graph/packet.h"
#include "net/address.h"

namespace superfluid::elements {

// An address as a number, its first byte the highest.
using Ipv4Bits = std::uint32_t;
__extension__ using Ipv6Bits = unsigned __int128;

constexpr Ipv4Bits bits_of(const net::Ipv4Address& address) { return address.host(); }
constexpr Ipv6Bits bits_of(const net::Ipv6Address& address) {
  Ipv6Bits bits = 0;
  for (const std::uint8_t byte : address.bytes) {
    bits = bits << 8 | byte;
  }
  return bits;
}
constexpr void set_bits(net::Ipv4Address& address, Ipv4Bits bits) {
  address = net::Ipv4Address::from_host(bits);
}
constexpr void set_bits(net::Ipv6Address& address, Ipv6Bits bits) {
  for (std::size_t i = address.bytes.size(); i-- > 0; bits >>= 8) {
    address.bytes[i] = static_cast<std::uint8_t>(bits);
  }
}
constexpr std::uint64_t hash_of(Ipv4Bits bits, std::uint32_t number) {
  return base::mix_bits(std::uint64_t{bits} << 32 | number);
}
constexpr std::uint64_t hash_of(Ipv6Bits bits, std::uint32_t number) {
  const auto high = static_cast<std::uint64_t>(bits >> 64);
  return base::mix_bits(base::mix_bits(high + number) ^ static_cast<std::uint64_t>(bits));
}
template <typename Address>
using AddressBits = decltype(bits_of(Address{}));

template <typename Address>
struct BasicNextHop {
  Address gateway;  // all zero: the destination itself
  std::uint32_t port = 0;

  friend bool operator==(const BasicNextHop&, const BasicNextHop&) = default;
};

template <typename Address>
struct BasicRoute {
  AddressBits<Address> address = 0;  // without bits behind its prefix
  unsigned length = 0;               // 0 to 32 or 128
  BasicNextHop<Address> hop;

  friend bool operator==(const BasicRoute&, const BasicRoute&) = default;
};

template <typename Address>
class BasicRouteTable {
 public:
  using Bits = AddressBits<Address>;
  using NextHop = BasicNextHop<Address>;
  using Route = BasicRoute<Address>;

  static constexpr unsigned kBits = 8 * sizeof(Address);
  static constexpr std::size_t kNodesMax = 1 << 17;
  static constexpr std::size_t kRoutesMax = 1 << 21;

  BasicRouteTable();

  std::size_t size() const { return routes_.size(); }
  std::size_t nodes() const { return nodes_.size() / kNodeEntries - free_nodes_.size(); }

  // The bits of a prefix. REQUIRES: length <= kBits.
  static constexpr Bits mask_of(unsigned length) {
    return length == 0 ? Bits{0} : ~Bits{0} << (kBits - length);
  }

  const NextHop* find_route(Bits address, unsigned length) const;
  // Adds, or replaces the one of the same prefix. False when a limit is met.
  bool set(const Route& route);
  // REQUIRES: there is one of that prefix.
  void remove(Bits address, unsigned length);

  // hops[i] is for addresses[i]; nullptr where there is no route. At most one batch. The pointers
  // hold until the table is changed.
  void find(std::span<const Bits> addresses, const NextHop** hops) const;

  // By address, shorter prefixes first.
  std::vector<Route> sorted() const;

 private:
  // An entry: kChild and a node, or a hop (0 is none) and the length of its prefix.
  using Entry = std::uint32_t;
  static constexpr Entry kChild = 0x80000000;
  static constexpr unsigned kLengthBits = 8;
  static constexpr std::size_t kNodeEntries = 256;
  static constexpr unsigned kLevels = sizeof(Address);
  static_assert(kBits < 1u << kLengthBits && kRoutesMax < kChild >> kLengthBits);

  struct Prefix {
    Bits address;
    unsigned length;

    friend bool operator==(const Prefix&, const Prefix&) = default;
    friend bool operator<(const Prefix& a, const Prefix& b) {
      return a.address != b.address ? a.address < b.address : a.length < b.length;
    }
    friend std::uint64_t hash_of(const Prefix& prefix) {
      return hash_of(prefix.address, prefix.length);
    }
  };
  struct HopKey {
    NextHop next;

    friend bool operator==(const HopKey&, const HopKey&) = default;
    friend std::uint64_t hash_of(const HopKey& key) {
      return hash_of(bits_of(key.next.gateway), key.next.port);
    }
  };
  struct Hop {
    NextHop next;
    std::uint32_t uses = 0;
  };
  struct Span {
    std::uint32_t first;
    std::uint32_t count;
  };

  static Entry leaf(std::uint32_t hop, unsigned length) { return hop << kLengthBits | length; }
  static unsigned length_of(Entry entry) { return entry & ((1u << kLengthBits) - 1); }
  static std::uint8_t byte_at(Bits address, unsigned level) {
    return static_cast<std::uint8_t>(address >> (kBits - 8 - 8 * level));
  }
  static Span span_of(Bits address, unsigned length, unsigned level);

  std::uint32_t hop_of(const NextHop& next);
  void release_hop(std::uint32_t hop);
  std::uint32_t make_node(Entry fill);
  void paint(std::uint32_t node, Span span, unsigned length, Entry with, bool only_equal);
  Entry covering(Bits address, unsigned length) const;
  bool collapses(std::uint32_t node, unsigned level) const;

  std::vector<Entry> nodes_;  // kNodeEntries each; the first is the root
  std::vector<std::uint32_t> free_nodes_;
  std::vector<Hop> hops_;  // the first stands for none
  std::vector<std::uint32_t> free_hops_;
  base::HashMap<HopKey, std::uint32_t> hop_index_;
  base::HashMap<Prefix, std::uint32_t> routes_;  // to its hop
};

extern template class BasicRouteTable<net::Ipv4Address>;
extern template class BasicRouteTable<net::Ipv6Address>;

using NextHop = BasicNextHop<net::Ipv4Address>;
using Route = BasicRoute<net::Ipv4Address>;
using RouteTable = BasicRouteTable<net::Ipv4Address>;
using RouteTable6 = BasicRouteTable<net::Ipv6Address>;

}  // namespace superfluid::elements
