// SPDX-License-Identifier: Apache-2.0
#include "base/hash_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>

namespace superfluid::base {
namespace {

TEST(HashMap, FindsWhatWasPutIn) {
  HashMap<std::string, int> map;
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_FALSE(map.erase("a"));
  EXPECT_TRUE(map.try_emplace("a", 1).second);
  EXPECT_FALSE(map.try_emplace("a", 2).second);
  EXPECT_EQ(*map.find(std::string_view("a")), 1);
  map.set("a", 3);
  EXPECT_EQ(*map.find("a"), 3);
}

TEST(HashMap, IteratesInTheOrderOfInsertion) {
  HashMap<int, int> map;
  for (int i = 0; i < 100; ++i) {
    map.set(i * 7919, i);
  }
  int expected = 0;
  for (const auto& [key, value] : map) {
    EXPECT_EQ(key, expected * 7919);
    EXPECT_EQ(value, expected++);
  }
}

// Keys that share their low bits collide; erasing among them must not lose one.
TEST(HashMap, AgreesWithAnOrderedMap) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, std::uint8_t>>& steps) {
    HashMap<int, int> map;
    std::map<int, int> model;
    int value = 0;
    for (const auto& [insert, key] : steps) {
      if (insert) {
        map.set(int{key}, ++value);
        model[key] = value;
      } else {
        RC_ASSERT(map.erase(int{key}) == (model.erase(key) == 1));
      }
      RC_ASSERT(map.size() == model.size());
    }
    for (int key = 0; key < 256; ++key) {
      const int* found = map.find(key);
      const auto expected = model.find(key);
      RC_ASSERT((found != nullptr) == (expected != model.end()));
      if (found != nullptr) {
        RC_ASSERT(*found == expected->second);
      }
    }
  }));
}

}  // namespace
}  // namespace superfluid::base
