// SPDX-License-Identifier: Apache-2.0
#include "agent/pool_policy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "support/seed.h"

namespace superfluid::agent {
namespace {

TEST(PoolPolicy, FillsUpToItsLevelInSmallOrders) {
  const PoolLimits limits{.level = 8, .in_flight_max = 2};
  EXPECT_EQ(shells_to_order({}, limits), 2u);
  EXPECT_EQ(shells_to_order({.ordered = 2}, limits), 0u);
  EXPECT_EQ(shells_to_order({.idle = 7}, limits), 1u);
  EXPECT_EQ(shells_to_order({.idle = 8}, limits), 0u);
}

TEST(PoolPolicy, OrdersForWhoWaitsAlsoWhereNothingIsKept) {
  const PoolLimits limits{.level = 0, .level_max = 0};
  EXPECT_EQ(shells_to_order({}, limits), 0u);
  EXPECT_EQ(shells_to_order({.waiting = 1}, limits), 1u);
  EXPECT_EQ(shells_to_order({.ordered = 1, .waiting = 1}, limits), 0u);
}

TEST(PoolPolicy, StopsAtTheLimitOfMachines) {
  const PoolLimits limits{.machines_max = 10};
  EXPECT_EQ(shells_to_order({.waiting = 5, .machines = 9}, limits), 1u);
  EXPECT_EQ(shells_to_order({.waiting = 5, .machines = 10}, limits), 0u);
  EXPECT_EQ(shells_to_order({.waiting = 5, .machines = 11}, limits), 0u);
}

TEST(PoolPolicy, KeepsItsInvariantsForAnyPool) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int i = 0; i < 100'000; ++i) {
    const PoolLimits limits{.level = rng.below(100),
                            .level_max = rng.below(100),
                            .in_flight_max = rng.below(10),
                            .machines_max = rng.below(200)};
    PoolView view{.idle = rng.below(100),
                  .ordered = rng.below(12),
                  .waiting = rng.below(50),
                  .arrivals_per_s = static_cast<double>(rng.below(10000)),
                  .machines = rng.below(220)};
    const std::uint32_t order = shells_to_order(view, limits);
    const std::uint32_t level_max = std::max(limits.level, limits.level_max);
    if (order > 0) {
      EXPECT_LE(view.idle + view.ordered + order, view.waiting + level_max);
      EXPECT_LE(view.ordered + order, limits.in_flight_max);
      EXPECT_LE(view.machines + order, limits.machines_max);
    }
    if (view.waiting > view.idle + view.ordered && view.ordered < limits.in_flight_max &&
        view.machines < limits.machines_max) {
      EXPECT_GT(order, 0u);
    }
    view.arrivals_per_s *= 2;
    EXPECT_GE(shells_to_order(view, limits), order);
  }
}

TEST(ArrivalRate, ComesNearASteadyRateAndForgets) {
  ArrivalRate rate;
  base::Instant now;
  for (int i = 0; i < 2000; ++i) {
    now = now + base::milliseconds(10);
    rate.arrived(now);
  }
  EXPECT_NEAR(rate.per_second(now), 100, 2);
  EXPECT_NEAR(rate.per_second(now + base::seconds(1)), 50, 1);
  EXPECT_LT(rate.per_second(now + base::seconds(20)), 0.01);
}

}  // namespace
}  // namespace superfluid::agent
