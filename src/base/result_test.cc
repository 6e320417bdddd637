// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

namespace superfluid::base {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) {
    return fail(ErrorCode::kInvalid, "odd number").try_this("use an even one");
  }
  return n / 2;
}

Result<int> quarter(int n) {
  SF_TRY(once, half(n));
  SF_TRY(twice, half(once));
  return twice;
}

Status all_even(int a, int b) {
  SF_CHECKED(half(a));
  SF_CHECKED(half(b));
  return {};
}

TEST(Result, CarriesAValueOrAnError) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto refused = quarter(6);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(refused.error().message(), "odd number");
}

TEST(Result, StatusStopsAtTheFirstError) {
  EXPECT_TRUE(all_even(2, 4).has_value());
  EXPECT_FALSE(all_even(2, 3).has_value());
  EXPECT_FALSE(all_even(1, 4).has_value());
}

TEST(Result, HandsOnWhatOnlyMoves) {
  const auto made = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto passed = [&]() -> Result<std::unique_ptr<int>> {
    SF_TRY(number, made());
    return number;
  };
  EXPECT_EQ(*passed().value(), 5);
}

TEST(Result, AFailureCarriesItsCauseAndItsRemedy) {
  const auto refused = []() -> Status {
    return fail(ErrorCode::kUnreachable, "ask the agent")
        .caused_by(Error(ErrorCode::kTimedOut, "no answer"))
        .try_this("start it");
  }();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().to_string(), "ask the agent: no answer");
  EXPECT_EQ(refused.error().cause()->code(), ErrorCode::kTimedOut);
  EXPECT_EQ(refused.error().remedy(), "start it");
}

// Programs tell failures apart by these words: they do not change.
TEST(ErrorCode, HasAStableName) {
  const std::pair<ErrorCode, std::string_view> names[] = {
      {ErrorCode::kFailed, "failed"},
      {ErrorCode::kInvalid, "invalid"},
      {ErrorCode::kNotFound, "not-found"},
      {ErrorCode::kConflict, "conflict"},
      {ErrorCode::kUnreachable, "unreachable"},
      {ErrorCode::kTimedOut, "timed-out"},
      {ErrorCode::kNotPermitted, "not-permitted"},
      {ErrorCode::kUnsupported, "unsupported"},
      {ErrorCode::kExhausted, "exhausted"},
      {ErrorCode::kCorrupt, "corrupt"},
  };
  for (const auto& [code, name] : names) {
    EXPECT_EQ(to_string(code), name);
  }
}

TEST(Error, ChainsItsCausesAndKeepsTheOuterRemedy) {
  Error inner(ErrorCode::kNotFound, "no such file");
  inner = std::move(inner).try_this("create it");
  Error outer = Error(ErrorCode::kFailed, "read the configuration").caused_by(inner);
  EXPECT_EQ(outer.to_string(), "read the configuration: no such file");
  EXPECT_EQ(outer.best_remedy(), "create it");
  outer = std::move(outer).try_this("pass --config");
  EXPECT_EQ(outer.best_remedy(), "pass --config");
}

TEST(Error, CopiesAreDeep) {
  Error original = Error(ErrorCode::kFailed, "a").caused_by(Error(ErrorCode::kCorrupt, "b"));
  Error copy = original;
  EXPECT_NE(copy.cause(), original.cause());
  copy = copy.cause() != nullptr ? Error(*copy.cause()) : copy;  // assigning a part of itself
  EXPECT_EQ(copy.to_string(), "b");
  EXPECT_EQ(original.to_string(), "a: b");
}

}  // namespace
}  // namespace superfluid::base
