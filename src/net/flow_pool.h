// SPDX-License-Identifier: Apache-2.0
// FlowPool<T>: flows by number, at most so many, and the hand of a clock that goes round over them.
//
// Why a hand: expiry and eviction need to find old flows, and every ordered structure (heap, wheel,
// LRU list) costs memory for each flow and work for each packet. Here a packet only writes the time
// into its flow. sweep() looks at the next flows behind the hand, and dropping them is the
// caller's; weakest() does the same to find one that may go. Flows lie side by side, so looking is
// fast, and how much is looked at is bounded by the caller.
//
// Invariants
//   1. A flow keeps its place: pointers hold until give_back(). Growth is one chunk of kChunk
//      flows, and copies nothing.
//   2. size() <= limit() unless set_limit() lowered it; take() refuses at the limit.
//   3. A number given back is taken again before new ones.
//   4. Beyond the flows themselves a pool takes 1 bit for each, and 8 bytes for each chunk.
//
// Threads: as a std::vector.

#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/memory.h"

namespace superfluid::net {

template <typename T>
class FlowPool {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::uint32_t kLimitMax = 1U << 30;

  // REQUIRES: limit <= kLimitMax.
  explicit FlowPool(std::uint32_t limit) { set_limit(limit); }
  FlowPool(const FlowPool&) = delete;
  FlowPool& operator=(const FlowPool&) = delete;
  ~FlowPool() { clear(); }

  std::uint32_t size() const { return size_; }
  std::uint32_t limit() const { return limit_; }
  // Memory of the flows.
  std::size_t bytes() const { return chunks_.size() * sizeof(Chunk); }

  void set_limit(std::uint32_t limit) {
    base::check(limit <= kLimitMax, "a pool's limit is within what numbers can say");
    limit_ = limit;
  }

  T& operator[](std::uint32_t number) { return place(number).flow; }
  const T& operator[](std::uint32_t number) const {
    return chunks_[number / kChunk]->places[number % kChunk].flow;
  }

  // Neither is the limit reached, nor has memory run out.
  bool has_room() { return size_ < limit_ && (free_ != kNone || add_chunk()); }

  // The number of a new flow, or kNone when there is no room.
  template <typename... Args>
  std::uint32_t take(Args&&... args) {
    if (!has_room()) {
      return kNone;
    }
    const std::uint32_t number = free_;
    free_ = place(number).next_free;
    std::construct_at(&place(number).flow, std::forward<Args>(args)...);
    word_of(number) |= bit_of(number);
    ++size_;
    return number;
  }

  void give_back(std::uint32_t number) {
    base::check((word_of(number) & bit_of(number)) != 0, "a flow is given back once");
    word_of(number) &= ~bit_of(number);
    --size_;
    std::destroy_at(&place(number).flow);
    place(number).next_free = free_;
    free_ = number;
  }

  void clear() {
    for_each([this](std::uint32_t number) { give_back(number); });
  }

  // visit(number) of every flow, by number; it may give back the one it visits.
  template <typename Visit>
  void for_each(Visit visit) {
    const std::size_t words = chunks_.size() * kWords;
    for (std::size_t word = 0; word < words; ++word) {
      visit_word(word, visit);
    }
  }

  // The same for the next flows behind the hand, at least `count` of them or all, each once. The
  // hand moves behind them.
  template <typename Visit>
  void sweep(std::uint32_t count, Visit visit) {
    const std::size_t words = chunks_.size() * kWords;
    std::uint32_t seen = 0;
    for (std::size_t moved = 0; moved < words && seen < count; ++moved) {
      hand_ = hand_ < words ? hand_ : 0;
      seen += visit_word(hand_++, visit);
    }
  }

  // Of the next flows behind the hand, `look` of them or all, and 63 more at most: the one with the
  // lowest rank(number), which is a std::optional of something with an order; one without a rank is
  // passed over. kNone when all are.
  template <typename Rank>
  std::uint32_t weakest(std::uint32_t look, Rank rank) {
    std::uint32_t found = kNone;
    decltype(rank(0)) lowest;
    sweep(look, [&](std::uint32_t number) {
      auto own = rank(number);
      if (own && (!lowest || *own < *lowest)) {
        lowest = own;
        found = number;
      }
    });
    return found;
  }

 private:
  static constexpr std::uint32_t kChunk = 1024;
  static constexpr std::size_t kWords = kChunk / 64;

  union Place {
    Place() : next_free(kNone) {}
    ~Place() {}

    T flow;
    std::uint32_t next_free;
  };
  struct Chunk {
    Place places[kChunk];
    std::uint64_t alive[kWords] = {};
  };

  Place& place(std::uint32_t number) { return chunks_[number / kChunk]->places[number % kChunk]; }
  std::uint64_t& word_of(std::uint32_t number) {
    return chunks_[number / kChunk]->alive[number % kChunk / 64];
  }
  static std::uint64_t bit_of(std::uint32_t number) { return std::uint64_t{1} << (number % 64); }

  bool add_chunk() {
    if (!base::has_memory_for(sizeof(Chunk))) {
      return false;
    }
    const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<Chunk>());
    for (std::uint32_t i = kChunk; i > 0; --i) {
      place(first + i - 1).next_free = free_;
      free_ = first + i - 1;
    }
    return true;
  }

  template <typename Visit>
  std::uint32_t visit_word(std::size_t word, Visit& visit) {
    std::uint64_t alive = chunks_[word / kWords]->alive[word % kWords];
    const auto count = static_cast<std::uint32_t>(std::popcount(alive));
    for (; alive != 0; alive &= alive - 1) {
      visit(static_cast<std::uint32_t>(word * 64) +
            static_cast<std::uint32_t>(std::countr_zero(alive)));
    }
    return count;
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::uint32_t free_ = kNone;  // linked through next_free
  std::uint32_t size_ = 0;
  std::uint32_t limit_ = 0;
  std::size_t hand_ = 0;  // in words of 64 flows
};

}  // namespace superfluid::net
