// SPDX-License-Identifier: Apache-2.0
// FlowTable<Value>: what is known of each flow, by its FlowKey, for a limited number of flows and a
// limited time.
//
//   FlowTable<State> table({.flows_max = 65'536, .seed = seed});
//   table.find_all(keys, now, flows);            // a batch: the misses of all keys overlap
//   if (auto* flow = flows[i]) { flow->expires = now + timeout; ... flow->value ... }
//   else if (auto* made = table.insert(keys[i], now, now + timeout)) { ... made->value ... }
//
// Expiry costs a packet one store: it writes `expires`. A flow whose time is over is no longer
// found, goes when it is looked for, when room is needed, or when reap() comes past; call reap()
// from a timer, for a share of the flows each time. A full table makes room by WhenFull.
//
// A flow that goes takes its Value's destructor with it, which is the place to undo what the flow
// had taken elsewhere. The destructor must not call the table.
//
// Invariants
//   1. size() <= flows_max; nothing that packets bring makes the table larger, or a lookup long
//      (net/flow_index.h, net/flow_pool.h).
//   2. Pointers to flows hold until the flow goes: insert(), find() and reap() may take flows away,
//      find_all() only those it reports absent.
//   3. Memory: sizeof(Flow), which is 48 + sizeof(Value), and 10 to 20 bytes of index.
//
// Threads: as a std::vector. Time: passed in.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/check.h"
#include "base/units.h"
#include "net/flow_index.h"
#include "net/flow_key.h"
#include "net/flow_pool.h"

namespace superfluid::net {

// Who goes when a new flow comes to a full table, once no expired flow is found near the hand.
enum class WhenFull : std::uint8_t {
  kEvict,   // of the flows looked at, the one that expires first
  kRefuse,  // the new one
};

template <typename Value>
class FlowTable {
 public:
  static constexpr std::size_t kBatchMax = 64;

  struct Options {
    std::uint32_t flows_max = 65'536;
    std::uint64_t seed = 1;  // from a random source
    WhenFull when_full = WhenFull::kEvict;
  };

  struct Flow {
    const FlowKey key;
    base::Instant expires;
    Value value{};
  };

  // How flows ended, or did not begin.
  struct Counts {
    std::uint64_t expired = 0;
    std::uint64_t evicted = 0;
    std::uint64_t refused = 0;
  };

  explicit FlowTable(const Options& options)
      : hasher_(options.seed), pool_(options.flows_max), when_full_(options.when_full) {}

  std::uint32_t size() const { return pool_.size(); }
  const Counts& counts() const { return counts_; }
  std::size_t bytes() const { return pool_.bytes() + index_.bytes(); }

  // flows[i] is that of keys[i], or nullptr. REQUIRES: at most kBatchMax keys, as many flows.
  void find_all(std::span<const FlowKey> keys, base::Instant now, Flow** flows) {
    base::check(keys.size() <= kBatchMax, "a batch of keys has a limit");
    std::array<std::uint64_t, kBatchMax> hashes;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = hasher_(keys[i]);
      index_.prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint32_t number = index_.candidate(hashes[i]);
      if (number != FlowIndex::kNone) {
        prefetch(pool_[number]);
      }
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      flows[i] = find_hashed(keys[i], hashes[i], now);
    }
  }

  Flow* find(const FlowKey& key, base::Instant now) { return find_hashed(key, hasher_(key), now); }

  // The flow of this key, a new one when there is none. nullptr when it is refused.
  Flow* insert(const FlowKey& key, base::Instant now, base::Instant expires) {
    const std::uint64_t hash = hasher_(key);
    if (Flow* known = find_hashed(key, hash, now)) {
      return known;
    }
    if (!pool_.has_room() && !make_room(now)) {
      ++counts_.refused;
      return nullptr;
    }
    const std::uint32_t number = pool_.take(key, expires);
    if (!index_.insert(hash, number)) {
      pool_.give_back(number);
      ++counts_.refused;
      return nullptr;
    }
    return &pool_[number];
  }

  // True when the key was there.
  bool erase(const FlowKey& key) {
    const std::uint64_t hash = hasher_(key);
    const std::uint32_t number = number_of(key, hash);
    if (number == FlowIndex::kNone) {
      return false;
    }
    drop(hash, number);
    return true;
  }

  // Looks at the next `count` flows, or a few more, and takes away those whose time is over.
  void reap(base::Instant now, std::uint32_t count) {
    pool_.sweep(count, [&](std::uint32_t number) { drop_if_expired(number, now); });
  }

  // visit(Flow&) of every flow, expired ones included; it must not call the table.
  template <typename Visit>
  void for_each(Visit visit) {
    pool_.for_each([&](std::uint32_t number) { visit(pool_[number]); });
  }

  void clear() {
    pool_.clear();
    index_ = FlowIndex();
  }

 private:
  static constexpr std::uint32_t kLook = 64;  // for one to go

  static void prefetch(const Flow& flow) {
    __builtin_prefetch(&flow);
    __builtin_prefetch(reinterpret_cast<const char*>(&flow) + sizeof(Flow) - 1);
  }

  std::uint32_t number_of(const FlowKey& key, std::uint64_t hash) const {
    return index_.find(hash, [&](std::uint32_t number) { return pool_[number].key == key; });
  }

  Flow* find_hashed(const FlowKey& key, std::uint64_t hash, base::Instant now) {
    const std::uint32_t number = number_of(key, hash);
    if (number == FlowIndex::kNone) {
      return nullptr;
    }
    Flow& flow = pool_[number];
    if (flow.expires <= now) [[unlikely]] {
      ++counts_.expired;
      drop(hash, number);
      return nullptr;
    }
    return &flow;
  }

  void drop(std::uint64_t hash, std::uint32_t number) {
    base::check(index_.erase(hash, number), "every flow is in the index");
    pool_.give_back(number);
  }

  bool drop_if_expired(std::uint32_t number, base::Instant now) {
    const Flow& flow = pool_[number];
    if (flow.expires > now) {
      return false;
    }
    ++counts_.expired;
    drop(hasher_(flow.key), number);
    return true;
  }

  bool make_room(base::Instant now) {
    const std::uint32_t number = pool_.weakest(
        kLook, [this](std::uint32_t each) { return std::optional(pool_[each].expires); });
    if (number == FlowPool<Flow>::kNone) {
      return false;  // a table for no flow at all
    }
    if (drop_if_expired(number, now)) {
      return true;
    }
    if (when_full_ == WhenFull::kRefuse) {
      return false;
    }
    ++counts_.evicted;
    drop(hasher_(pool_[number].key), number);
    return true;
  }

  FlowHasher hasher_;
  FlowIndex index_;
  FlowPool<Flow> pool_;
  WhenFull when_full_;
  Counts counts_;
};

}  // namespace superfluid::net
