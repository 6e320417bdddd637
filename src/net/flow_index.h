// SPDX-License-Identifier: Apache-2.0
// FlowIndex: from the hash of a flow's key to the number by which its owner keeps the flow. What
// every table of flows is built on.
//
// Why apart from the flows: a translator finds one flow by two keys, and several elements may share
// one store of flows. The index knows neither keys nor flows: 32 bits of the hash and the number,
// 8 bytes a slot, 8 slots a cache line, found by linear probing. A lookup of a batch is three
// passes, so that the misses of all packets overlap: prefetch() for each, candidate() for each (and
// the caller prefetches that flow), then find() for each.
//
// Invariants
//   1. 256 shards, chosen by the hash's upper bits, grow each by itself: the longest stall of an
//      insertion is the doubling of one 256th.
//   2. A shard has a power of two of slots, at most 4 in 5 of them used; an index that only grew
//      takes 10 to 20 bytes for each entry.
//   3. No entry lies further than kProbesMax slots from its home. Who manages to choose keys that
//      fall together makes insert() refuse, not slow.
//   4. erase() leaves no marks: what probing had pushed past the gap moves back.
//
// Threads: as a std::vector.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace superfluid::net {

class FlowIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::uint32_t kProbesMax = 256;

  FlowIndex() : shards_(kShards) {}

  std::size_t size() const { return size_; }
  // Memory of the slots.
  std::size_t bytes() const;

  void prefetch(std::uint64_t hash) const {
    const Shard& shard = shards_[shard_of(hash)];
    __builtin_prefetch(shard.slots.data() + (tag_of(hash) & shard.mask));
  }

  // The first number under the hash, which is most likely the one looked for, or kNone.
  std::uint32_t candidate(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

  // The number under the hash of which `same(number)` holds, or kNone.
  template <typename Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    const Shard& shard = shards_[shard_of(hash)];
    if (shard.slots.empty()) {
      return kNone;
    }
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t at = tag & shard.mask;; at = (at + 1) & shard.mask) {
      const Slot& slot = shard.slots[at];
      if (slot.number_plus_1 == 0) {
        return kNone;
      }
      if (slot.tag == tag && same(slot.number_plus_1 - 1)) {
        return slot.number_plus_1 - 1;
      }
    }
  }

  // Nothing is compared: who wants a key once looks for it first. False when its place would be too
  // far from home. REQUIRES: number != kNone.
  [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t number);
  // False when the number is not under the hash.
  bool erase(std::uint64_t hash, std::uint32_t number);

 private:
  static constexpr std::size_t kShards = 256;
  static constexpr std::size_t kSlotsMin = 8;

  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number_plus_1 = 0;  // 0: free
  };
  struct Shard {
    std::vector<Slot> slots;
    std::uint32_t mask = 0;
    std::uint32_t used = 0;
  };

  static std::size_t shard_of(std::uint64_t hash) { return hash >> 56; }
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  static bool place(Shard& shard, const Slot& slot);
  static void grow(Shard& shard);
  static void close_gap(Shard& shard, std::uint32_t gap);

  std::vector<Shard> shards_;
  std::size_t size_ = 0;
};

}  // namespace superfluid::net
