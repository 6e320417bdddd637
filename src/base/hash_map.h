// SPDX-License-Identifier: Apache-2.0
// HashMap<Key, Value>: the map of the freestanding rooms, where libstdc++'s need code from its
// shared library.
//
// Entries lie densely in the order of insertion; a table of indices with linear probing finds them.
// Iteration is therefore fast and the same in every run, which std::unordered_map does not promise.
//
// Invariants
//   1. The table has a power of two of slots, at most half of them used.
//   2. erase() moves the last entry into the gap: order changes only there.
//   3. Pointers to entries hold until the next insertion or erasure.
//
// For configuration, not for packets: it grows, and its hash is not seeded against an adversary.
//
// Threads: as a std::vector.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace superfluid::base {

// Mixes a 64-bit number (the finalizer of splitmix64).
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return mix_bits(hash);
}

template <std::integral T>
constexpr std::uint64_t hash_of(T number) {
  return mix_bits(static_cast<std::uint64_t>(number));
}

template <typename Key, typename Value>
class HashMap {
 public:
  using Entry = std::pair<Key, Value>;

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  template <typename Like>
  Value* find(const Like& key) {
    const std::size_t slot = slot_of(key);
    return slot == kNone ? nullptr : &entries_[table_[slot]].second;
  }
  template <typename Like>
  const Value* find(const Like& key) const {
    const std::size_t slot = slot_of(key);
    return slot == kNone ? nullptr : &entries_[table_[slot]].second;
  }
  template <typename Like>
  bool contains(const Like& key) const {
    return slot_of(key) != kNone;
  }

  // The value of the key, and whether it was put there by this call.
  std::pair<Value*, bool> try_emplace(Key key, Value value) {
    if (Value* known = find(key)) {
      return {known, false};
    }
    if ((entries_.size() + 1) * 2 > table_.size()) {
      rebuild(table_.empty() ? 8 : table_.size() * 2);
    }
    place(hash_of(key), static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back(std::move(key), std::move(value));
    return {&entries_.back().second, true};
  }

  void set(Key key, Value value) {
    const auto [place, fresh] = try_emplace(std::move(key), value);
    if (!fresh) {
      *place = std::move(value);
    }
  }

  // True when the key was there.
  template <typename Like>
  bool erase(const Like& key) {
    std::size_t gap = slot_of(key);
    if (gap == kNone) {
      return false;
    }
    const std::uint32_t index = table_[gap];
    const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
    if (index != last) {
      table_[slot_of(entries_[last].first)] = index;
      entries_[index] = std::move(entries_[last]);
    }
    entries_.pop_back();
    close_gap(gap);
    return true;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr std::uint32_t kFree = 0xffffffff;

  std::size_t mask() const { return table_.size() - 1; }

  template <typename Like>
  std::size_t slot_of(const Like& key) const {
    if (table_.empty()) {
      return kNone;
    }
    for (std::size_t slot = hash_of(key) & mask();; slot = (slot + 1) & mask()) {
      if (table_[slot] == kFree) {
        return kNone;
      }
      if (entries_[table_[slot]].first == key) {
        return slot;
      }
    }
  }

  void place(std::uint64_t hash, std::uint32_t index) {
    std::size_t slot = hash & mask();
    while (table_[slot] != kFree) {
      slot = (slot + 1) & mask();
    }
    table_[slot] = index;
  }

  void rebuild(std::size_t slots) {
    table_.assign(slots, kFree);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      place(hash_of(entries_[i].first), static_cast<std::uint32_t>(i));
    }
  }

  // Moves back what linear probing had pushed past the gap.
  void close_gap(std::size_t gap) {
    table_[gap] = kFree;
    for (std::size_t slot = (gap + 1) & mask(); table_[slot] != kFree; slot = (slot + 1) & mask()) {
      const std::size_t home = hash_of(entries_[table_[slot]].first) & mask();
      const bool may_move = ((slot - home) & mask()) >= ((slot - gap) & mask());
      if (may_move) {
        table_[gap] = std::exchange(table_[slot], kFree);
        gap = slot;
      }
    }
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> table_;
};

}  // namespace superfluid::base
