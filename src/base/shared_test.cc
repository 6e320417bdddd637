// SPDX-License-Identifier: Apache-2.0
#include "base/shared.h"

#include <gtest/gtest.h>

namespace superfluid::base {
namespace {

// Counts itself.
class Guest {
 public:
  Guest(int& there, int number) : there_(&there), number_(number) { ++*there_; }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  ~Guest() { --*there_; }

  int number() const { return number_; }

 private:
  int* there_;
  int number_;
};

TEST(Shared, LivesAsLongAsItsLastOwner) {
  int there = 0;
  auto first = Shared<Guest>::make(there, 7);
  EXPECT_EQ(there, 1);
  {
    const Shared<Guest> second = first;
    EXPECT_EQ(second.get(), first.get());
    EXPECT_EQ(second, first);
    first = {};
    EXPECT_FALSE(first);
    EXPECT_EQ(first.get(), nullptr);
    EXPECT_EQ(there, 1);
    EXPECT_EQ(second->number(), 7);
    EXPECT_EQ((*second).number(), 7);
  }
  EXPECT_EQ(there, 0);
}

TEST(Shared, MovesAndIsReplaced) {
  int there = 0;
  auto first = Shared<Guest>::make(there, 1);
  Shared<Guest> second = std::move(first);
  EXPECT_EQ(second->number(), 1);
  EXPECT_EQ(there, 1);
  second = Shared<Guest>::make(there, 2);
  EXPECT_EQ(second->number(), 2);
  EXPECT_EQ(there, 1);
}

}  // namespace
}  // namespace superfluid::base
