// SPDX-License-Identifier: Apache-2.0
#include "os/random.h"

#include <gtest/gtest.h>

#include <set>

namespace superfluid::os {
namespace {

TEST(Random, HasAllBitsAndDoesNotRepeat) {
  std::set<std::uint64_t> seen;
  std::uint64_t any = 0;
  std::uint64_t all = ~std::uint64_t{0};
  for (int i = 0; i < 256; ++i) {
    const std::uint64_t number = kernel_random();
    EXPECT_TRUE(seen.insert(number).second);
    any |= number;
    all &= number;
  }
  EXPECT_EQ(any, ~std::uint64_t{0});
  EXPECT_EQ(all, 0u);
}

}  // namespace
}  // namespace superfluid::os
