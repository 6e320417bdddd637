// SPDX-License-Identifier: Apache-2.0
#include "graph/placement.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "support/seed.h"

namespace superfluid::graph {
namespace {

using Wishes = std::vector<std::optional<std::uint32_t>>;
using Lanes = std::vector<std::uint32_t>;

constexpr auto kAny = std::nullopt;

// source(0) pushes to queue(1), which unqueue(2) pulls from and pushes to discard(3).
PlacementRequest two_turns(const Wishes& wishes) {
  return {.elements = 4,
          .together = {{1, 2}},
          .pushes = {{0, 1}, {2, 3}},
          .begins_turns = {true, false, true, false},
          .wishes = wishes};
}

TEST(Placement, WithoutWishesEverythingRunsInTheFirstLane) {
  EXPECT_EQ(place(two_turns({kAny, kAny, kAny, kAny})).lanes, (Lanes{0, 0, 0, 0}));
  EXPECT_TRUE(place({}).lanes.empty());
}

TEST(Placement, PulledElementsGoWithWhoPullsPushedOnesWithWhoPushes) {
  EXPECT_EQ(place(two_turns({kAny, kAny, 2, kAny})).lanes, (Lanes{0, 2, 2, 2}));
  EXPECT_EQ(place(two_turns({1, kAny, kAny, kAny})).lanes, (Lanes{1, 0, 0, 0}));
  EXPECT_EQ(place(two_turns({1, kAny, kAny, 3})).lanes, (Lanes{1, 0, 0, 3}));
}

TEST(Placement, WhoBeginsTurnsIsHeardFirst) {
  const Wishes queue_elsewhere{kAny, 1, 2, kAny};
  const Placement placement = place(two_turns(queue_elsewhere));
  EXPECT_EQ(placement.lanes, (Lanes{0, 2, 2, 2}));
  EXPECT_TRUE(placement.overruled.empty());  // the queue has no turns of its own to be missed
  const Wishes only_the_queue{kAny, 1, kAny, kAny};
  EXPECT_EQ(place(two_turns(only_the_queue)).lanes, (Lanes{0, 1, 1, 1}));
}

TEST(Placement, TwoWhoPullFromOneQueueShareItsLane) {
  const Wishes wishes{kAny, 1, 2};  // 1 and 2 pull from 0
  const Placement placement = place({.elements = 3,
                                     .together = {{0, 1}, {0, 2}},
                                     .pushes = {},
                                     .begins_turns = {false, true, true},
                                     .wishes = wishes});
  EXPECT_EQ(placement.lanes, (Lanes{1, 1, 1}));
  ASSERT_EQ(placement.overruled.size(), 1u);
  EXPECT_EQ(placement.overruled[0].element, 2u);
  EXPECT_EQ(placement.overruled[0].by, 1u);
}

TEST(Placement, WhereSeveralPushTheLowestLaneCounts) {
  const Wishes wishes{2, 1, kAny, kAny};  // 0 and 1 push to 2, that to 3, and 3 back to 2
  EXPECT_EQ(place({.elements = 4,
                   .together = {},
                   .pushes = {{0, 2}, {1, 2}, {2, 3}, {3, 2}},
                   .begins_turns = {true, true, false, false},
                   .wishes = wishes})
                .lanes,
            (Lanes{2, 1, 1, 1}));
}

// What the header promises, of graphs of all kinds.
TEST(Placement, KeepsItsPromises) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int round = 0; round < 500; ++round) {
    const std::uint32_t count = 1 + rng.below(20);
    PlacementRequest request;
    request.elements = count;
    Wishes wishes;
    for (std::uint32_t i = 0; i < count; ++i) {
      request.begins_turns.push_back(rng.below(3) == 0);
      wishes.push_back(rng.below(3) == 0 ? std::optional(rng.below(4)) : kAny);
      request.pushes.push_back({rng.below(count), rng.below(count)});
      if (rng.below(2) == 0) {
        request.together.push_back({rng.below(count), rng.below(count)});
      }
    }
    request.wishes = wishes;
    const Placement placement = place(request);
    ASSERT_EQ(placement.lanes.size(), count);
    for (const ElementPair& pair : request.together) {
      EXPECT_EQ(placement.lanes[pair.a], placement.lanes[pair.b]);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool overruled = std::ranges::any_of(
          placement.overruled, [&](const auto& each) { return each.element == i; });
      const bool refused = wishes[i] && *wishes[i] != placement.lanes[i];
      EXPECT_EQ(overruled, refused && request.begins_turns[i]);
      // A lane is not made up: somebody wished for it, or it is the first.
      EXPECT_TRUE(placement.lanes[i] == 0 ||
                  std::ranges::find(wishes, placement.lanes[i]) != wishes.end());
    }
  }
}

}  // namespace
}  // namespace superfluid::graph
