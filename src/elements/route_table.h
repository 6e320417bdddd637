// SPDX-License-Identifier: Apache-2.0
// RouteTable: longest-prefix match for IPv4, over tables that change while they are used.
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

struct NextHop {
  net::Ipv4Address gateway;  // 0.0.0.0: the destination itself
  std::uint32_t port = 0;

  friend bool operator==(const NextHop&, const NextHop&) = default;
};

struct Route {
  std::uint32_t address = 0;  // without bits behind its prefix
  unsigned length = 0;        // 0 to 32
  NextHop hop;

  friend bool operator==(const Route&, const Route&) = default;
};

class RouteTable {
 public:
  static constexpr std::size_t kNodesMax = 1 << 17;
  static constexpr std::size_t kRoutesMax = 1 << 21;

  RouteTable();

  std::size_t size() const { return routes_.size(); }
  std::size_t nodes() const { return nodes_.size() / kNodeEntries - free_nodes_.size(); }

  const NextHop* find_route(std::uint32_t address, unsigned length) const;
  // Adds, or replaces the one of the same prefix. False when a limit is met.
  bool set(const Route& route);
  // REQUIRES: there is one of that prefix.
  void remove(std::uint32_t address, unsigned length);

  // hops[i] is for addresses[i]; nullptr where there is no route. At most one batch. The pointers
  // hold until the table is changed.
  void find(std::span<const std::uint32_t> addresses, const NextHop** hops) const;

  // By address, shorter prefixes first.
  std::vector<Route> sorted() const;

 private:
  // An entry: kChild and a node, or a hop (0 is none) and the length of its prefix.
  using Entry = std::uint32_t;
  static constexpr Entry kChild = 0x80000000;
  static constexpr unsigned kLengthBits = 6;
  static constexpr std::size_t kNodeEntries = 256;
  static constexpr unsigned kLevels = 4;

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
  static std::uint64_t key(std::uint32_t address, unsigned length) {
    return std::uint64_t{address} << kLengthBits | length;
  }
  static Span span_of(std::uint32_t address, unsigned length, unsigned level);

  std::uint32_t hop_of(const NextHop& next);
  void release_hop(std::uint32_t hop);
  std::uint32_t make_node(Entry fill);
  void paint(std::uint32_t node, Span span, unsigned length, Entry with, bool only_equal);
  Entry covering(std::uint32_t address, unsigned length) const;
  bool collapses(std::uint32_t node, unsigned level) const;

  std::vector<Entry> nodes_;  // kNodeEntries each; the first is the root
  std::vector<std::uint32_t> free_nodes_;
  std::vector<Hop> hops_;  // the first stands for none
  std::vector<std::uint32_t> free_hops_;
  base::HashMap<std::uint64_t, std::uint32_t> hop_index_;
  base::HashMap<std::uint64_t, std::uint32_t> routes_;  // key() to hop
};

}  // namespace superfluid::elements
