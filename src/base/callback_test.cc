// SPDX-License-Identifier: Apache-2.0
#include "base/callback.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace superfluid::base {
namespace {

int doubled(int value) { return 2 * value; }

TEST(Callback, IsAFunctionWithAtMostTwoWords) {
  const Callback<int(int)> plain = doubled;
  EXPECT_EQ(plain(4), 8);
  const Callback<int(int)> bare = [](int value) { return value + 1; };
  EXPECT_EQ(bare(4), 5);
  int sum = 10;
  const Callback<int(int)> one = [&sum](int value) { return sum += value; };
  EXPECT_EQ(one(4), 14);
  const char small = 3;
  const Callback<int(int)> odd = [small](int value) { return small * value; };
  EXPECT_EQ(odd(4), 12);
  int product = 2;
  const Callback<int(int)> two = [&sum, &product](int value) { return product *= sum + value; };
  EXPECT_EQ(two(1), 30);
  EXPECT_EQ(product, 30);
}

TEST(Callback, MayBeNone) {
  Callback<void()> callback;
  EXPECT_FALSE(callback);
  EXPECT_TRUE(callback == nullptr);
  int calls = 0;
  callback = [&calls] { ++calls; };
  EXPECT_TRUE(callback);
  const Callback<void()> copy = callback;
  callback = nullptr;
  EXPECT_TRUE(callback == nullptr);
  copy();
  EXPECT_EQ(calls, 1);
}

TEST(Callback, PassesOnWhatIsOnlyMoved) {
  const Callback<std::unique_ptr<std::string>(std::unique_ptr<std::string>, std::string_view)> add =
      [](std::unique_ptr<std::string> text, std::string_view more) {
        *text += more;
        return text;
      };
  EXPECT_EQ(*add(std::make_unique<std::string>("a"), "b"), "ab");
}

TEST(Callback, IsMadeAgainOfItsParts) {
  int calls = 0;
  const Callback<void(int)> callback = [&calls](int by) { calls += by; };
  const Callback<void(int)> again(callback.function(), callback.words());
  again(3);
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace superfluid::base
