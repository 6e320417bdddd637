// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

namespace superfluid::base {
namespace {

// Computed apart from this code, with integers of any size, from the published recurrences; that
// program gives 11520, 0, 1509978240, 1215971899390074240 for the state 1 2 3 4, as others do.
TEST(Rng, GivesTheReferenceValues) {
  const auto first_four = [](std::uint64_t seed) {
    Rng rng(seed);
    return std::array{rng.next(), rng.next(), rng.next(), rng.next()};
  };
  EXPECT_EQ(first_four(0), (std::array<std::uint64_t, 4>{0x99ec5f36cb75f2b4, 0xbf6e1f784956452a,
                                                         0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}));
  EXPECT_EQ(first_four(1), (std::array<std::uint64_t, 4>{0xb3f2af6d0fc710c5, 0x853b559647364cea,
                                                         0x92f89756082a4514, 0x642e1c7bc266a3a7}));
  EXPECT_EQ(first_four(~0ULL),
            (std::array<std::uint64_t, 4>{0x8f5520d52a7ead08, 0xc476a018caa1802d,
                                          0x81de31c0d260469e, 0xbf658d7e065f3c2f}));
}

TEST(Rng, BelowGivesTheReferenceValues) {
  Rng rng(42);
  for (const std::uint32_t expected : {0U, 3U, 6U, 9U, 9U, 7U, 7U, 8U}) {
    EXPECT_EQ(rng.below(10), expected);
  }
}

RC_GTEST_PROP(Rng, BelowStaysBelow, (std::uint64_t seed)) {
  Rng rng(seed);
  const auto bound = *rc::gen::suchThat<std::uint32_t>([](std::uint32_t n) { return n != 0; });
  for (int i = 0; i < 100; ++i) {
    RC_ASSERT(rng.below(bound) < bound);
  }
}

TEST(Rng, BelowOneIsZeroAndTheLargestBoundIsReached) {
  Rng rng(7);
  EXPECT_EQ(rng.below(1), 0U);
  std::uint32_t highest = 0;
  for (int i = 0; i < 1000; ++i) {
    highest = std::max(highest, rng.below(0xffffffff));
  }
  EXPECT_GT(highest, 0xf0000000);
}

TEST(RngDeathTest, BelowNothingIsAnError) {
  Rng rng(1);
  EXPECT_DEATH(rng.below(0), "Rng::below needs a bound");
}

// A simulation may run in a constant expression.
static_assert(Rng(0).next() == 0x99ec5f36cb75f2b4);

}  // namespace
}  // namespace superfluid::base
