// SPDX-License-Identifier: Apache-2.0
#include "base/fixed_vector.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace superfluid::base {
namespace {

// Counts its living copies, so that one destroyed twice or never shows.
class Counted {
 public:
  static inline int alive = 0;

  explicit Counted(int number) : number_(number) { ++alive; }
  Counted(const Counted& other) : number_(other.number_) { ++alive; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }

  int number() const { return number_; }
  friend bool operator==(const Counted&, const Counted&) = default;

 private:
  int number_;
};

using Few = FixedVector<Counted, 3>;

std::vector<int> numbers(const Few& few) {
  std::vector<int> seen;
  for (const Counted& counted : few) {
    seen.push_back(counted.number());
  }
  return seen;
}

Few one_two() {
  Few few;
  few.try_emplace_back(1);
  few.try_emplace_back(2);
  return few;
}

class FixedVectorLifetimes : public ::testing::Test {
 protected:
  FixedVectorLifetimes() { Counted::alive = 0; }
  ~FixedVectorLifetimes() override { EXPECT_EQ(Counted::alive, 0); }
};

TEST_F(FixedVectorLifetimes, NothingLivesBeforeItIsMade) {
  const Few few;
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_TRUE(few.empty());
  EXPECT_EQ(few.begin(), few.end());
}

TEST_F(FixedVectorLifetimes, AFullOneRefusesAndStaysAsItWas) {
  Few few = one_two();
  EXPECT_FALSE(few.full());
  ASSERT_NE(few.try_push_back(Counted(3)), nullptr);
  EXPECT_TRUE(few.full());
  EXPECT_EQ(few.try_push_back(Counted(4)), nullptr);
  EXPECT_EQ(few.try_emplace_back(5), nullptr);
  EXPECT_EQ(numbers(few), (std::vector{1, 2, 3}));
  EXPECT_EQ(Counted::alive, 3);
}

TEST_F(FixedVectorLifetimes, PopAndClearEndThem) {
  Few few = one_two();
  few.pop_back();
  EXPECT_EQ(Counted::alive, 1);
  few.try_emplace_back(7);
  EXPECT_EQ(numbers(few), (std::vector{1, 7}));
  few.clear();
  EXPECT_EQ(Counted::alive, 0);
  few.push_back(Counted(9));
  EXPECT_EQ(few.back().number(), 9);
}

TEST_F(FixedVectorLifetimes, ACopyIsAnother) {
  const Few original = one_two();
  Few copy = original;
  copy[0] = Counted(8);
  EXPECT_EQ(numbers(original), (std::vector{1, 2}));
  EXPECT_EQ(numbers(copy), (std::vector{8, 2}));
  EXPECT_EQ(Counted::alive, 4);
}

TEST_F(FixedVectorLifetimes, AMoveEmptiesItsSource) {
  Few source = one_two();
  const Few target = std::move(source);
  EXPECT_TRUE(source.empty());  // what a moved-from one is, is promised here
  EXPECT_EQ(numbers(target), (std::vector{1, 2}));
  EXPECT_EQ(Counted::alive, 2);
}

TEST_F(FixedVectorLifetimes, AssignmentReplaces) {
  Few target = one_two();
  const Few one{Counted(5)};
  target = one;
  EXPECT_EQ(numbers(target), (std::vector{5}));
  target = one_two();
  EXPECT_EQ(numbers(target), (std::vector{1, 2}));
  EXPECT_EQ(Counted::alive, 3);
}

TEST_F(FixedVectorLifetimes, AssignedToItselfItStays) {
  Few few = one_two();
  Few& same = few;
  few = same;
  EXPECT_EQ(numbers(few), (std::vector{1, 2}));
  few = std::move(same);
  EXPECT_EQ(numbers(few), (std::vector{1, 2}));
}

TEST_F(FixedVectorLifetimes, AnElementMayBePushedOntoItsOwnVector) {
  Few few = one_two();
  few.push_back(few[0]);
  EXPECT_EQ(numbers(few), (std::vector{1, 2, 1}));
}

TEST(FixedVector, HoldsWhatOnlyMoves) {
  FixedVector<std::unique_ptr<std::string>, 2> owners;
  owners.push_back(std::make_unique<std::string>("longer than any small string is"));
  auto moved = std::move(owners);
  owners = std::move(moved);
  EXPECT_EQ(*owners[0], "longer than any small string is");
}

TEST(FixedVector, AlignsItsElements) {
  struct alignas(64) Line {
    char byte;
  };
  struct Odd {
    char before;
    FixedVector<Line, 2> lines;
  } odd{};
  ASSERT_NE(odd.lines.try_emplace_back('x'), nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(odd.lines.data()) % 64, 0U);
}

TEST(FixedVector, EqualsElementByElement) {
  using Three = FixedVector<int, 3>;
  EXPECT_EQ((Three{1, 2}), (Three{1, 2}));
  EXPECT_NE((Three{1, 2}), (Three{1, 3}));
  EXPECT_NE((Three{1, 2}), (Three{1, 2, 3}));
}

TEST(FixedVectorDeathTest, AProgrammersErrorDies) {
  FixedVector<int, 2> two{1, 2};
  EXPECT_DEATH(two.push_back(3), "FixedVector has room");
  EXPECT_DEATH((FixedVector<int, 2>{1, 2, 3}), "FixedVector has room");
  EXPECT_DEATH(two[2] = 0, "FixedVector index within size");
  two.clear();
  EXPECT_DEATH(two.pop_back(), "FixedVector is not empty");
  EXPECT_DEATH(two.back() = 0, "FixedVector index within size");
}

// Any walk of pushes, pops and clears, against a std::vector that stops at the same size.
RC_GTEST_PROP(FixedVector, BehavesAsAVectorWithALimit, (const std::vector<std::string>& steps)) {
  FixedVector<std::string, 5> fixed;
  std::vector<std::string> model;
  for (const std::string& step : steps) {
    if (step.size() % 7 == 6) {
      fixed.clear();
      model.clear();
    } else if (step.size() % 3 == 2 && !model.empty()) {
      fixed.pop_back();
      model.pop_back();
    } else if (model.size() < 5) {
      RC_ASSERT(*fixed.try_push_back(step) == step);
      model.push_back(step);
    } else {
      RC_ASSERT(fixed.try_push_back(step) == nullptr);
    }
    RC_ASSERT(std::vector<std::string>(fixed.begin(), fixed.end()) == model);
  }
}

}  // namespace
}  // namespace superfluid::base
