// SPDX-License-Identifier: Apache-2.0
#include "base/fixed_string.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace superfluid::base {
namespace {

using Name = FixedString<4>;

static_assert(Name::make("eth0")->view() == "eth0");
static_assert(!Name::make("eth10"));
static_assert(std::is_trivially_copyable_v<Name>, "it lies in shared pages");
static_assert(sizeof(Name) == 5);

TEST(FixedString, HoldsUpToItsLimitAndCutsNothing) {
  EXPECT_TRUE(Name().empty());
  EXPECT_EQ(Name::make("")->size(), 0U);
  EXPECT_EQ(Name::make("abc")->size(), 3U);
  EXPECT_EQ(Name::make("abcd")->view(), "abcd");
  EXPECT_FALSE(Name::make("abcde").has_value());
  EXPECT_EQ(Name::capacity(), 4U);
}

TEST(FixedString, TheLongestLengthFitsItsByte) {
  const std::string text(255, 'x');
  EXPECT_EQ(FixedString<255>::make(text)->view(), text);
  EXPECT_FALSE(FixedString<255>::make(text + "x").has_value());
}

TEST(FixedString, KeepsBytesThatAreNoText) {
  const std::string_view text("\0\xff\0", 3);
  EXPECT_EQ(Name::make(text)->view(), text);
}

TEST(FixedString, ComparesAsText) {
  EXPECT_EQ(*Name::make("ab"), *Name::make("ab"));
  EXPECT_NE(*Name::make("ab"), *Name::make(std::string_view("ab\0", 3)));
  EXPECT_LT(*Name::make("ab"), *Name::make("abc"));
  EXPECT_LT(*Name::make("abc"), *Name::make("b"));
  const std::string_view same = *Name::make("ab");
  EXPECT_EQ(same.size(), 2U);
}

}  // namespace
}  // namespace superfluid::base
