// SPDX-License-Identifier: Apache-2.0
#include "os/home_processor.h"

#include <gtest/gtest.h>

#include "os/thread.h"
#include "support/processors.h"

namespace superfluid::os {
namespace {

using base::milliseconds;

int processors_allowed() { return superfluid::testing::processors_of(0); }

TEST(HomeProcessor, AThreadStaysWhereItGetsItsTime) {
  const int before = processors_allowed();
  base::Instant now{};
  {
    HomeProcessor home(1'000, now);
    ASSERT_TRUE(home.where());
    EXPECT_EQ(*home.where(), this_processor());
    EXPECT_EQ(processors_allowed(), 1);
    now = now + milliseconds(1000);
    home.look(1'000 + 49'000'000, now);
    EXPECT_TRUE(home.where());
    home.look(900'000'000'000, now);  // no time has passed: nothing can be said
    EXPECT_TRUE(home.where());
  }
  EXPECT_EQ(processors_allowed(), before);
}

TEST(HomeProcessor, OneThatWaitsMuchGoesElsewhereAndSettlesThere) {
  const int before = processors_allowed();
  base::Instant now{};
  HomeProcessor home(0, now);
  now = now + milliseconds(1000);
  home.look(51'000'000, now);
  EXPECT_FALSE(home.where());
  EXPECT_EQ(processors_allowed(), before);
  now = now + milliseconds(1000);
  home.look(2'000'000'000, now);  // however much it waited, it has been let go for that
  EXPECT_TRUE(home.where());
  EXPECT_EQ(processors_allowed(), 1);
}

TEST(HomeProcessor, WhatIsLetGoMayRunWhereTheProgramMay) {
  const int before = processors_allowed();
  HomeProcessor home(0, base::Instant());
  // Another process's mask, set by a thread that is itself bound.
  ASSERT_TRUE(pin(0, std::nullopt));
  EXPECT_EQ(processors_allowed(), before);
}

TEST(HomeProcessor, TheKernelCountsHowLongAThreadWaits) {
  const auto waited = waited_ns();
  if (!waited) {
    GTEST_SKIP() << waited.error().to_string();
  }
  EXPECT_GE(waited_ns().value_or(0), *waited);
}

}  // namespace
}  // namespace superfluid::os
