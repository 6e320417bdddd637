// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace superfluid::base {
namespace {

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock(seconds(1'000));
  const Clock& seen = clock;
  const Instant start = seen.now();
  EXPECT_EQ(seen.now(), start);
  clock.advance(milliseconds(1'500));
  EXPECT_EQ(seen.now() - start, milliseconds(1'500));
  EXPECT_EQ(seen.since_epoch(), milliseconds(1'001'500));
  clock.advance(Duration());
  EXPECT_EQ(seen.now() - start, milliseconds(1'500));
}

TEST(ManualClockDeathTest, DoesNotGoBack) {
  ManualClock clock;
  EXPECT_DEATH(clock.advance(nanoseconds(-1)), "ManualClock does not go back");
}

}  // namespace
}  // namespace superfluid::base
