// SPDX-License-Identifier: Apache-2.0
#include "net/flow_index.h"

#include <utility>

#include "base/check.h"

namespace superfluid::net {

std::size_t FlowIndex::bytes() const {
  std::size_t slots = 0;
  for (const Shard& shard : shards_) {
    slots += shard.slots.size();
  }
  return slots * sizeof(Slot);
}

bool FlowIndex::insert(std::uint64_t hash, std::uint32_t number) {
  base::check(number != kNone, "a number that stands for none is not indexed");
  Shard& shard = shards_[shard_of(hash)];
  const Slot slot{tag_of(hash), number + 1};
  if ((shard.used + 1) * std::uint64_t{5} > shard.slots.size() * std::uint64_t{4}) {
    grow(shard);
  }
  // A full neighbourhood in a shard that is well filled is chance, and more room resolves it; in
  // one that is three quarters empty it is an attack.
  while (!place(shard, slot)) {
    if (shard.used * std::uint64_t{4} < shard.slots.size()) {
      return false;
    }
    grow(shard);
  }
  ++shard.used;
  ++size_;
  return true;
}

bool FlowIndex::erase(std::uint64_t hash, std::uint32_t number) {
  Shard& shard = shards_[shard_of(hash)];
  const std::uint32_t tag = tag_of(hash);
  if (shard.slots.empty()) {
    return false;
  }
  for (std::uint32_t at = tag & shard.mask; shard.slots[at].number_plus_1 != 0;
       at = (at + 1) & shard.mask) {
    if (shard.slots[at].number_plus_1 - 1 == number && shard.slots[at].tag == tag) {
      close_gap(shard, at);
      --shard.used;
      --size_;
      return true;
    }
  }
  return false;
}

bool FlowIndex::place(Shard& shard, const Slot& slot) {
  std::uint32_t at = slot.tag & shard.mask;
  for (std::uint32_t probes = 0; probes < kProbesMax; ++probes, at = (at + 1) & shard.mask) {
    if (shard.slots[at].number_plus_1 == 0) {
      shard.slots[at] = slot;
      return true;
    }
  }
  return false;
}

// A table twice as large has twice the homes: whatever had a place has one at most as far away,
// since entries are placed in their old order along the table.
void FlowIndex::grow(Shard& shard) {
  const std::vector<Slot> before = std::exchange(shard.slots, {});
  const std::size_t slots = before.empty() ? kSlotsMin : before.size() * 2;
  shard.slots.resize(slots);
  shard.mask = static_cast<std::uint32_t>(slots - 1);
  // From behind a free slot on: what probing carried around the end comes after what is at home
  // there.
  std::size_t first = 0;
  while (first < before.size() && before[first].number_plus_1 != 0) {
    ++first;
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Slot& slot = before[(first + i) % before.size()];
    if (slot.number_plus_1 != 0) {
      base::check(place(shard, slot), "what had a place has one in a larger table");
    }
  }
}

void FlowIndex::close_gap(Shard& shard, std::uint32_t gap) {
  shard.slots[gap] = {};
  for (std::uint32_t at = (gap + 1) & shard.mask; shard.slots[at].number_plus_1 != 0;
       at = (at + 1) & shard.mask) {
    const std::uint32_t home = shard.slots[at].tag & shard.mask;
    if (((at - home) & shard.mask) >= ((at - gap) & shard.mask)) {
      shard.slots[gap] = std::exchange(shard.slots[at], {});
      gap = at;
    }
  }
}

}  // namespace superfluid::net
