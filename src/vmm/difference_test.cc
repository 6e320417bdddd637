// SPDX-License-Identifier: Apache-2.0
#include "vmm/difference.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "abi/device_page.h"
#include "base/crc32c.h"
#include "base/rng.h"
#include "support/seed.h"
#include "vmm/snapshot.h"

namespace superfluid::vmm {
namespace {

constexpr std::size_t kPage = abi::kPageBytes;
constexpr base::ByteCount kRam = base::mib(2);

std::vector<std::uint8_t> random_memory(base::Rng& rng) {
  std::vector<std::uint8_t> memory(kRam.count());
  for (std::size_t at = 0; at < memory.size(); at += 97) {
    memory[at] = static_cast<std::uint8_t>(rng.below(256));
  }
  return memory;
}

std::vector<std::uint32_t> all_pages() {
  std::vector<std::uint32_t> pages(kRam.count() / kPage);
  std::iota(pages.begin(), pages.end(), 0U);
  return pages;
}

Snapshot standing() {
  Snapshot standing;
  standing.size = {.ram = kRam, .ports = 3};
  standing.cpu.registers.rip = 77;
  standing.cpu.fpu.words[7] = 1234;
  standing.cpu.fpu.words[128] = 3;  // which parts are in use
  standing.clock_ns = 1000;
  normalize(standing.cpu);
  return standing;
}

Snapshot of_size(base::ByteCount ram) {
  Snapshot woken;
  woken.size = {.ram = ram, .ports = 3};
  return woken;
}

class Difference : public ::testing::Test {
 protected:
  base::Rng rng_{testing::test_seed()};
  std::vector<std::uint8_t> image_ = random_memory(rng_);
  std::vector<std::uint8_t> memory_ = image_;
};

TEST_F(Difference, GivesACloneBackWithWhateverItChanged) {
  for (int round = 0; round < 20; ++round) {
    memory_ = image_;
    for (std::uint32_t i = rng_.below(300); i > 0; --i) {
      memory_[rng_.below(static_cast<std::uint32_t>(memory_.size()))] ^= 0x40;
    }
    const auto difference = encode_difference(memory_, image_, all_pages(), standing(), 50);
    std::vector<std::uint8_t> clone = image_;
    Snapshot woken = of_size(kRam);
    const base::Status applied = apply_difference(difference, clone, woken, 50);
    ASSERT_TRUE(applied) << applied.error().to_string();
    EXPECT_EQ(clone, memory_);
    EXPECT_EQ(woken.cpu.registers.rip, 77U);
    EXPECT_EQ(woken.cpu.fpu.words, standing().cpu.fpu.words);
  }
}

TEST_F(Difference, HoldsOnlyTheLinesThatChanged) {
  const std::size_t none = encode_difference(image_, image_, all_pages(), standing(), 0).size();
  EXPECT_LT(none, 1024U);
  memory_[5] ^= 1;
  memory_[63] ^= 1;
  memory_[10 * kPage] ^= 1;
  memory_.back() ^= 1;
  const auto difference = encode_difference(memory_, image_, all_pages(), standing(), 0);
  EXPECT_EQ(difference.size(), none + 3 * (4 + 8 + 64));
}

TEST_F(Difference, LooksOnlyAtThePagesThatItIsGiven) {
  memory_[0] ^= 1;
  memory_[kPage] ^= 1;
  const std::vector<std::uint32_t> second = {1};
  std::vector<std::uint8_t> clone = image_;
  Snapshot woken = of_size(kRam);
  ASSERT_TRUE(
      apply_difference(encode_difference(memory_, image_, second, standing(), 0), clone, woken, 0));
  EXPECT_EQ(clone[0], image_[0]);
  EXPECT_EQ(clone[kPage], memory_[kPage]);
}

TEST_F(Difference, TheClockHasGoneOnMeanwhile) {
  const auto difference = encode_difference(memory_, image_, all_pages(), standing(), 300);
  for (const auto& [now, clock] :
       {std::pair<std::uint64_t, std::uint64_t>{300, 1000}, {1300, 2000}, {10, 1000}}) {
    Snapshot woken = of_size(kRam);
    ASSERT_TRUE(apply_difference(difference, memory_, woken, now));
    EXPECT_EQ(woken.clock_ns, clock) << "at " << now;
  }
}

TEST_F(Difference, IsNoSnapshotAndOfOneSize) {
  const auto difference = encode_difference(memory_, image_, all_pages(), standing(), 0);
  EXPECT_FALSE(decode_snapshot(difference));
  Snapshot larger = of_size(base::mib(4));
  EXPECT_FALSE(apply_difference(difference, memory_, larger, 0));
  std::vector<std::uint8_t> large(base::mib(4).count());
  EXPECT_FALSE(apply_difference(difference, large, larger, 0));
}

TEST_F(Difference, DamageAndForgeryAreRefused) {
  memory_[5] ^= 1;
  memory_[3 * kPage] ^= 1;
  const auto good = encode_difference(memory_, image_, all_pages(), standing(), 0);
  const auto is_taken = [&](base::ByteView bytes) {
    std::vector<std::uint8_t> clone = image_;
    Snapshot woken = of_size(kRam);
    return apply_difference(bytes, clone, woken, 0).has_value();
  };
  ASSERT_TRUE(is_taken(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(is_taken(base::ByteView(good).first(length)));
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::vector<std::uint8_t> bad = good;
    bad[at] ^= 1;
    EXPECT_FALSE(is_taken(bad)) << at;
  }
  const auto forge = [&](std::size_t at, auto value) {
    std::vector<std::uint8_t> bad = good;
    std::memcpy(bad.data() + at, &value, sizeof value);
    const std::uint32_t checksum = base::crc32c(base::ByteView(bad).first(bad.size() - 4));
    std::memcpy(bad.data() + bad.size() - 4, &checksum, 4);
    return is_taken(bad);
  };
  constexpr std::size_t kClock = 32, kPages = 48, kFpuWords = 52, kFlags = 192, kFpu = 200;
  const std::size_t numbers = good.size() - 4 - 2 * 64 - 2 * 8 - 2 * 4;
  EXPECT_TRUE(forge(kClock, std::uint64_t{5}));
  EXPECT_FALSE(forge(kPages, std::uint32_t{0}));
  EXPECT_FALSE(forge(kPages, std::uint32_t{0xffffffff}));
  EXPECT_FALSE(forge(kFpuWords, std::uint32_t{0xffffffff}));
  EXPECT_FALSE(forge(kFlags, std::uint64_t{0x23002})) << "virtual 8086 mode";
  EXPECT_FALSE(forge(kFpu + 512, std::uint32_t{1 << 9})) << "a part that guests do not have";
  EXPECT_FALSE(forge(numbers, std::uint32_t{512})) << "a page beyond the memory";
  EXPECT_FALSE(forge(numbers + 4, std::uint32_t{0})) << "pages that do not ascend";
  EXPECT_FALSE(forge(numbers + 8, std::uint64_t{3})) << "more lines than there are";
}

}  // namespace
}  // namespace superfluid::vmm
