// SPDX-License-Identifier: Apache-2.0
#include "guest/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include <vector>

#include "base/rng.h"
#include "support/seed.h"

namespace superfluid::guest {
namespace {

constexpr std::size_t kBytes = 1 << 20;

class HeapTest : public ::testing::Test {
 protected:
  std::vector<std::byte> memory_ = std::vector<std::byte>(kBytes);
  Heap heap_{memory_};
};

struct Object {
  std::uint8_t* at;
  std::size_t size;
  std::uint8_t mark;

  bool whole() const {
    return std::all_of(at, at + size, [this](std::uint8_t byte) { return byte == mark; });
  }
};

TEST_F(HeapTest, GivesOutNothingWithoutMemory) {
  Heap none;
  EXPECT_EQ(none.allocate(1), nullptr);
  none.release(nullptr);
}

TEST_F(HeapTest, AlignsAsAsked) {
  for (std::size_t alignment = 1; alignment <= Heap::kPageBytes; alignment *= 2) {
    for (const std::size_t size : {1u, 100u, 2048u, 5000u}) {
      const auto at = reinterpret_cast<std::uintptr_t>(heap_.allocate(size, alignment));
      ASSERT_NE(at, 0u);
      EXPECT_EQ(at % std::max(alignment, Heap::kAlignment), 0u);
    }
  }
}

TEST_F(HeapTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(heap_.allocate(kBytes), nullptr);
  EXPECT_EQ(heap_.allocate(~std::size_t{0}), nullptr);
  EXPECT_EQ(heap_.used(), 0u);
}

TEST_F(HeapTest, JoinsWhatComesBack) {
  std::vector<void*> objects;
  while (void* object = heap_.allocate(objects.size() % 7 * 1000 + 16)) {
    objects.push_back(object);
  }
  for (std::size_t i = 0; i < objects.size(); i += 2) {
    heap_.release(objects[i]);
  }
  for (std::size_t i = 1; i < objects.size(); i += 2) {
    heap_.release(objects[i]);
  }
  EXPECT_EQ(heap_.used(), 0u);
  EXPECT_NE(heap_.allocate(heap_.bytes()), nullptr);
  EXPECT_EQ(heap_.left(), 0u);
}

TEST_F(HeapTest, KeepsAReserveFromWhoCanWait) {
  while (heap_.allocate(4096, 64, Heap::Need::kCanWait) != nullptr) {
  }
  EXPECT_GE(heap_.left(), heap_.bytes() / 20);
  EXPECT_NE(heap_.allocate(4096), nullptr);
}

TEST_F(HeapTest, TouchesNoMoreThanIsInUse) {
  void* const first = heap_.allocate(10'000);
  for (int i = 0; i < 100; ++i) {
    heap_.release(heap_.allocate(20'000));
  }
  EXPECT_EQ(heap_.allocate(8'000), static_cast<std::byte*>(first) + 3 * Heap::kPageBytes);
}

TEST_F(HeapTest, BehavesLikeAListOfObjects) {
  base::Rng rng(superfluid::testing::test_seed());
  std::vector<Object> objects;
  for (int step = 0; step < 50'000; ++step) {
    if (rng.below(100) < 55) {
      const std::size_t size = rng.below(8) != 0 ? 1 + rng.below(600) : 1 + rng.below(40'000);
      const std::size_t alignment = std::size_t{1} << rng.below(8);
      auto* const at = static_cast<std::uint8_t*>(heap_.allocate(size, alignment));
      if (at == nullptr) {
        continue;
      }
      ASSERT_GE(at, reinterpret_cast<std::uint8_t*>(memory_.data()));
      ASSERT_LE(at + size, reinterpret_cast<std::uint8_t*>(memory_.data() + memory_.size()));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(at) % alignment, 0u);
      objects.push_back({at, size, static_cast<std::uint8_t>(step)});
      std::memset(at, objects.back().mark, size);
    } else if (!objects.empty()) {
      std::swap(objects[rng.below(static_cast<std::uint32_t>(objects.size()))], objects.back());
      ASSERT_TRUE(objects.back().whole());
      heap_.release(objects.back().at);
      objects.pop_back();
    }
  }
  for (const Object& object : objects) {
    ASSERT_TRUE(object.whole());
    heap_.release(object.at);
  }
  EXPECT_EQ(heap_.used(), 0u);
  EXPECT_LE(heap_.used_max(), heap_.bytes());
  EXPECT_NE(heap_.allocate(heap_.bytes()), nullptr);
}

}  // namespace
}  // namespace superfluid::guest
