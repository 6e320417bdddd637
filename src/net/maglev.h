// SPDX-License-Identifier: Apache-2.0
// MaglevTable: which of several servers a hash belongs to, so that the share of each is as its
// weight, and that few hashes move when a server comes or goes (Eisenbud and others, "Maglev",
// NSDI 2016).
//
// Each server has its own order of the table's slots, made from its name alone; in turns, as often
// as their weights say, they take the first slot of their order that is free.
//
// Invariants
//   1. The table is the same for the same servers, in whatever order they are named.
//   2. With a server of weight above 0, every hash has one; without any, none has.
//
// Threads: immutable between build()s.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace superfluid::net {

class MaglevTable {
 public:
  static constexpr std::uint32_t kSlots = 65'537;  // prime: every step leads through all slots
  static constexpr std::size_t kNodesMax = 1024;
  static constexpr std::uint32_t kWeightMax = 1000;
  static constexpr std::uint16_t kNone = 0xffff;

  struct Node {
    std::uint64_t name = 0;  // no two the same
    std::uint32_t weight = 1;
    std::uint16_t id = 0;  // what find() gives
  };

  // REQUIRES: at most kNodesMax nodes, their weights at most kWeightMax, no id of kNone.
  void build(std::span<const Node> nodes);

  std::uint16_t find(std::uint64_t hash) const {
    return slots_.empty() ? kNone : slots_[((hash >> 32) * kSlots) >> 32];
  }

 private:
  std::vector<std::uint16_t> slots_;
};

}  // namespace superfluid::net
