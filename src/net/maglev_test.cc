// SPDX-License-Identifier: Apache-2.0
#include "net/maglev.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/rng.h"
#include "support/seed.h"

namespace superfluid::net {
namespace {

using Node = MaglevTable::Node;

// Whose each slot is: one hash for each.
std::vector<std::uint16_t> owners(const MaglevTable& table) {
  std::vector<std::uint16_t> all;
  for (std::uint64_t slot = 0; slot < MaglevTable::kSlots; ++slot) {
    all.push_back(table.find(((slot << 32) / MaglevTable::kSlots + 1) << 32));
  }
  return all;
}

TEST(MaglevTable, WithoutServersNobodyHasAHash) {
  MaglevTable table;
  EXPECT_EQ(table.find(7), MaglevTable::kNone);
  table.build(std::vector<Node>{{.name = 1, .weight = 0, .id = 1}});
  EXPECT_EQ(table.find(7), MaglevTable::kNone);
  table.build(std::vector<Node>{{.name = 1, .weight = 1, .id = 3}});
  EXPECT_EQ(table.find(0), 3);
  EXPECT_EQ(table.find(~std::uint64_t{0}), 3);
  table.build({});
  EXPECT_EQ(table.find(7), MaglevTable::kNone);
}

// Within two hundredths of the table.
TEST(MaglevTable, SharesAreAsTheWeights) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int round = 0; round < 10; ++round) {
    std::vector<Node> nodes;
    std::uint32_t sum = 0;
    for (std::uint16_t id = 0; id <= rng.below(20); ++id) {
      nodes.push_back({.name = rng.next(), .weight = 1 + rng.below(10), .id = id});
      sum += nodes.back().weight;
    }
    MaglevTable table;
    table.build(nodes);
    const std::vector<std::uint16_t> all = owners(table);
    for (const Node& node : nodes) {
      const double share =
          static_cast<double>(std::ranges::count(all, node.id)) / MaglevTable::kSlots;
      const double wanted = static_cast<double>(node.weight) / sum;
      EXPECT_NEAR(share, wanted, 0.02);
    }
  }
}

// Besides those that it had.
TEST(MaglevTable, FewHashesMoveWhenAServerGoes) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int round = 0; round < 10; ++round) {
    std::vector<Node> nodes;
    for (std::uint16_t id = 0; id < 10; ++id) {
      nodes.push_back({.name = rng.next(), .weight = 1, .id = id});
    }
    MaglevTable table;
    table.build(nodes);
    const std::vector<std::uint16_t> before = owners(table);
    // The order of the names does not count.
    std::ranges::reverse(nodes);
    table.build(nodes);
    EXPECT_EQ(owners(table), before);
    const std::uint16_t gone = nodes.back().id;
    nodes.pop_back();
    table.build(nodes);
    const std::vector<std::uint16_t> after = owners(table);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      ASSERT_NE(after[i], gone);
      moved += before[i] != gone && before[i] != after[i] ? 1 : 0;
    }
    EXPECT_LT(moved, MaglevTable::kSlots / 10);
  }
}

}  // namespace
}  // namespace superfluid::net
