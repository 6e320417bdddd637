// SPDX-License-Identifier: Apache-2.0
#include "agent/restart_policy.h"

#include <gtest/gtest.h>

namespace superfluid::agent {
namespace {

using api::RestartWhen;

TEST(RestartPolicy, StartsAgainWhatThePolicyNames) {
  const auto again = [](RestartWhen when, Ending ending) {
    return restart_after({.when = when}, ending, {}).has_value();
  };
  EXPECT_FALSE(again(RestartWhen::kNever, Ending::kFailed));
  EXPECT_TRUE(again(RestartWhen::kOnFailure, Ending::kFailed));
  EXPECT_FALSE(again(RestartWhen::kOnFailure, Ending::kDone));
  EXPECT_TRUE(again(RestartWhen::kAlways, Ending::kDone));
  EXPECT_TRUE(again(RestartWhen::kAlways, Ending::kFailed));
  EXPECT_FALSE(again(RestartWhen::kAlways, Ending::kWished));
  EXPECT_FALSE(again(RestartWhen::kAlways, Ending::kWrong));
}

TEST(RestartPolicy, WaitsTwiceAsLongEachTimeUpToItsLimit) {
  const api::RestartSpec spec{.when = RestartWhen::kAlways,
                              .limit = 100,
                              .backoff = base::milliseconds(100),
                              .backoff_max = base::seconds(1)};
  const auto delay = [&](unsigned in_a_row) {
    return *restart_after(spec, Ending::kFailed, {.in_a_row = in_a_row});
  };
  EXPECT_EQ(delay(0), base::milliseconds(100));
  EXPECT_EQ(delay(1), base::milliseconds(200));
  EXPECT_EQ(delay(3), base::milliseconds(800));
  EXPECT_EQ(delay(4), base::seconds(1));
  EXPECT_EQ(delay(99), base::seconds(1));
}

TEST(RestartPolicy, GivesUpAfterItsLimitUnlessALifeWasCalm) {
  const api::RestartSpec spec{.when = RestartWhen::kOnFailure, .limit = 3};
  EXPECT_TRUE(restart_after(spec, Ending::kFailed, {.in_a_row = 2}));
  EXPECT_FALSE(restart_after(spec, Ending::kFailed, {.in_a_row = 3}));
  EXPECT_EQ(restart_after(spec, Ending::kFailed, {.in_a_row = 3, .last_lasted = kCalm}),
            spec.backoff);
}

}  // namespace
}  // namespace superfluid::agent
