// SPDX-License-Identifier: Apache-2.0
// FlowIndex: from the hash of a flow's key to the number by which its owner keeps the flow. What
// every table of flows is built on.
//
// Why apart from the flows: a translator finds one flow by two keys, and several elements may share
// one store of flows. The index knows neither keys nor flows: 32 bits of the hash and the number,
// 8 bytes a slot. The 8 slots of a cache line are one place: an entry is in the line that its hash
// names, or behind it when that is full, and a line is searched at once, without a branch to guess
// wrong. A lookup of a batch is three passes, so that the misses of all packets overlap: prefetch()
// for each, candidate() for each (and the caller prefetches that flow), then the flow's key is
// compared, and find() is for those that it does not settle.
//
// Invariants
//   1. 256 shards, chosen by the hash's upper bits, grow each by itself: the longest stall of an
//      insertion is the doubling of one 256th.
//   2. A shard has a power of two of lines, at most 4 in 5 of their slots used; an index that only
//      grew takes 10 to 20 bytes for each entry.
//   3. No entry lies further than kProbesMax slots from its home, and all lines between are full.
//      Who manages to choose keys that fall together makes insert() refuse, not slow.
//   4. erase() leaves no marks: what was pushed past a full line moves back.
//
// Threads: as a std::vector.

#pragma once

#include <nmmintrin.h>

#include <array>
#include <bit>
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
    __builtin_prefetch(shard.lines.data() + (tag_of(hash) & shard.mask));
  }

  // The first number under the hash, which is most likely the one looked for, or kNone.
  std::uint32_t candidate(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

  // The number under the hash of which `same(number)` holds, or kNone.
  template <typename Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    const Shard& shard = shards_[shard_of(hash)];
    if (shard.lines.empty()) {
      return kNone;
    }
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t at = tag & shard.mask;; at = (at + 1) & shard.mask) {
      const Line& line = shard.lines[at];
      for (unsigned equal = Line::equal(line.tags, tag); equal != 0; equal &= equal - 1) {
        const std::uint32_t number = line.numbers_plus_1[lowest(equal)] - 1;
        if (number != kNone && same(number)) {
          return number;
        }
      }
      if (line.free() != 0) {
        return kNone;
      }
    }
  }

  // Nothing is compared: who wants a key once looks for it first. False when its place would be too
  // far from home, and when there is no memory. REQUIRES: number != kNone.
  [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t number);
  // False when the number is not under the hash.
  bool erase(std::uint64_t hash, std::uint32_t number);

 private:
  static constexpr std::size_t kShards = 256;
  static constexpr std::uint32_t kLineSlots = 8;

  struct alignas(64) Line {
    std::array<std::uint32_t, kLineSlots> tags{};
    std::array<std::uint32_t, kLineSlots> numbers_plus_1{};  // 0: free

    // A bit for each word that is this one.
    static unsigned equal(const std::array<std::uint32_t, kLineSlots>& words, std::uint32_t word) {
      const auto* const at = reinterpret_cast<const __m128i*>(words.data());
      const __m128i wanted = _mm_set1_epi32(static_cast<int>(word));
      const __m128i halves = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_load_si128(at), wanted),
                                             _mm_cmpeq_epi32(_mm_load_si128(at + 1), wanted));
      const int bits = _mm_movemask_epi8(_mm_packs_epi16(halves, halves));
      return static_cast<unsigned>(bits) & 0xff;
    }
    unsigned free() const { return equal(numbers_plus_1, 0); }
  };
  struct Shard {
    std::vector<Line> lines;
    std::uint32_t mask = 0;  // of lines
    std::uint32_t used = 0;  // slots

    std::size_t slots() const { return kLineSlots * lines.size(); }
  };
  struct Slot {
    std::uint32_t line;
    std::uint32_t slot;
  };

  static unsigned lowest(unsigned bits) { return static_cast<unsigned>(std::countr_zero(bits)); }
  static std::size_t shard_of(std::uint64_t hash) { return hash >> 56; }
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  static bool place(Shard& shard, std::uint32_t tag, std::uint32_t number_plus_1);
  static bool grow(Shard& shard);  // false: there is no memory
  static void close_gap(Shard& shard, Slot gap);

  std::vector<Shard> shards_;
  std::size_t size_ = 0;
};

}  // namespace superfluid::net
