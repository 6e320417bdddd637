// SPDX-License-Identifier: Apache-2.0
#include "net/flow_index.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/memory.h"

namespace superfluid::net {

std::size_t FlowIndex::bytes() const {
  std::size_t slots = 0;
  for (const Shard& shard : shards_) {
    slots += shard.slots();
  }
  return slots / kLineSlots * sizeof(Line);
}

bool FlowIndex::insert(std::uint64_t hash, std::uint32_t number) {
  base::check(number != kNone, "a number that stands for none is not indexed");
  Shard& shard = shards_[shard_of(hash)];
  if ((shard.used + 1) * std::uint64_t{5} > shard.slots() * std::uint64_t{4} && !grow(shard)) {
    return false;
  }
  // A full neighbourhood in a shard that is well filled is chance, and more
  // room resolves it; in one that is three quarters empty it is an attack.
  while (!place(shard, tag_of(hash), number + 1)) {
    if (shard.used * std::uint64_t{4} < shard.slots() || !grow(shard)) {
      return false;
    }
  }
  ++shard.used;
  ++size_;
  return true;
}

bool FlowIndex::erase(std::uint64_t hash, std::uint32_t number) {
  Shard& shard = shards_[shard_of(hash)];
  const std::uint32_t tag = tag_of(hash);
  if (shard.lines.empty()) {
    return false;
  }
  for (std::uint32_t at = tag & shard.mask;; at = (at + 1) & shard.mask) {
    const Line& line = shard.lines[at];
    const unsigned equal =
        Line::equal(line.tags, tag) & Line::equal(line.numbers_plus_1, number + 1);
    if (equal != 0) {
      close_gap(shard, {at, lowest(equal)});
      --shard.used;
      --size_;
      return true;
    }
    if (line.free() != 0) {
      return false;
    }
  }
}

bool FlowIndex::place(Shard& shard, std::uint32_t tag, std::uint32_t number_plus_1) {
  std::uint32_t at = tag & shard.mask;
  for (std::uint32_t probes = 0; probes < kProbesMax; probes += kLineSlots) {
    Line& line = shard.lines[at];
    if (const unsigned free = line.free(); free != 0) {
      line.tags[lowest(free)] = tag;
      line.numbers_plus_1[lowest(free)] = number_plus_1;
      return true;
    }
    at = (at + 1) & shard.mask;
  }
  return false;
}

// A table twice as large has twice the homes: whatever had a line has one at most as far away,
// since entries are placed in the order of their old lines.
bool FlowIndex::grow(Shard& shard) {
  const std::size_t lines = std::max(2 * shard.lines.size(), std::size_t{1});
  if (!base::has_memory_for(lines * sizeof(Line))) {
    return false;
  }
  const std::vector<Line> before = std::exchange(shard.lines, {});
  shard.lines.resize(lines);
  shard.mask = static_cast<std::uint32_t>(lines - 1);
  // From behind a line with room on: what was pushed around the end comes after what is at home
  // there.
  std::size_t first = 0;
  while (first < before.size() && before[first].free() == 0) {
    ++first;
  }
  for (std::size_t i = 1; i <= before.size(); ++i) {
    const Line& line = before[(first + i) % before.size()];
    for (std::uint32_t slot = 0; slot < kLineSlots; ++slot) {
      if (line.numbers_plus_1[slot] != 0) {
        base::check(place(shard, line.tags[slot], line.numbers_plus_1[slot]),
                    "what had a place has one in a larger table");
      }
    }
  }
  return true;
}

// Behind a full line may be entries that were pushed past it, as far as lines are full.
void FlowIndex::close_gap(Shard& shard, Slot gap) {
  bool was_full = shard.lines[gap.line].free() == 0;
  shard.lines[gap.line].numbers_plus_1[gap.slot] = 0;
  for (std::uint32_t at = gap.line; was_full;) {
    at = (at + 1) & shard.mask;
    Line& line = shard.lines[at];
    was_full = line.free() == 0;
    for (std::uint32_t slot = 0; slot < kLineSlots; ++slot) {
      const std::uint32_t home = line.tags[slot] & shard.mask;
      if (line.numbers_plus_1[slot] != 0 &&
          ((at - home) & shard.mask) >= ((at - gap.line) & shard.mask)) {
        shard.lines[gap.line].tags[gap.slot] = line.tags[slot];
        shard.lines[gap.line].numbers_plus_1[gap.slot] =
            std::exchange(line.numbers_plus_1[slot], 0);
        gap = {at, slot};
        break;
      }
    }
  }
}

}  // namespace superfluid::net
