// SPDX-License-Identifier: Apache-2.0
#include "net/maglev.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash_map.h"

namespace superfluid::net {
namespace {

// One server's walk over the slots.
struct Walk {
  std::uint64_t name;
  std::uint32_t weight;
  std::uint16_t id;
  std::uint32_t at = 0;
  std::uint32_t step = 0;
  std::uint32_t credit = 0;
};

}  // namespace

void MaglevTable::build(std::span<const Node> nodes) {
  base::check(nodes.size() <= kNodesMax, "a Maglev table has few nodes");
  std::vector<Walk> walks;
  std::uint32_t heaviest = 0;
  for (const Node& node : nodes) {
    base::check(node.weight <= kWeightMax && node.id != kNone, "a Maglev node is in range");
    if (node.weight != 0) {
      const std::uint64_t start = base::mix_bits(node.name + 0x9e3779b97f4a7c15ULL);
      const std::uint64_t step = base::mix_bits(start);
      walks.push_back({node.name, node.weight, node.id, static_cast<std::uint32_t>(start % kSlots),
                       static_cast<std::uint32_t>(step % (kSlots - 1) + 1)});
      heaviest = std::max(heaviest, node.weight);
    }
  }
  std::ranges::sort(walks, {}, &Walk::name);
  slots_.assign(walks.empty() ? 0 : kSlots, kNone);
  for (std::uint32_t left = static_cast<std::uint32_t>(slots_.size()); left != 0;) {
    for (Walk& walk : walks) {
      walk.credit += walk.weight;
      if (walk.credit < heaviest || left == 0) {
        continue;
      }
      walk.credit -= heaviest;
      while (slots_[walk.at] != kNone) {
        walk.at = (walk.at + walk.step) % kSlots;
      }
      slots_[walk.at] = walk.id;
      --left;
    }
  }
}

}  // namespace superfluid::net
