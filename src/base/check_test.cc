// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "base/check_watch.h"

namespace superfluid::base {
namespace {

TEST(CheckDeathTest, SaysWhatDoesNotHoldAndWhere) {
  EXPECT_DEATH(check(false, "the door is shut"),
               "superfluid: check failed: the door is shut\n  at .*check_test.cc:[0-9]+ in ");
}

TEST(CheckDeathTest, WhoWatchesMayGoAnotherWay) {
  EXPECT_EXIT(
      {
        watch_failed_checks([](const char* what, const std::source_location&) {
          std::_Exit(what == std::string_view("the door is shut") ? 7 : 8);
        });
        check(false, "the door is shut");
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(Check, LetsPassWhatHolds) {
  int evaluated = 0;
  check(++evaluated == 1, "evaluated");
  EXPECT_EQ(evaluated, 1);
}

// In a constant expression a check that fails does not compile; one that holds costs nothing.
constexpr int checked(int n) {
  check(n > 0, "n is positive");
  return n;
}
static_assert(checked(3) == 3);

}  // namespace
}  // namespace superfluid::base
