// SPDX-License-Identifier: Apache-2.0
#include "vmm/snapshot.h"

#include <gtest/gtest.h>

#include <cstring>

#include "abi/machine.h"
#include "base/crc32c.h"
#include "base/rng.h"
#include "os/mapping.h"
#include "os/memfd.h"
#include "support/seed.h"

namespace superfluid::vmm {
namespace {

constexpr std::size_t kPage = abi::kPageBytes;

// A guest with a few pages in use, as it might stand.
Snapshot sample(base::ByteCount ram = base::mib(2)) {
  auto memory = os::Mapping::anonymous(ram.count(), {});
  base::Rng rng(testing::test_seed());
  for (int i = 0; i < 40; ++i) {
    memory->data()[rng.below(static_cast<std::uint32_t>(ram.count()))] =
        static_cast<std::uint8_t>(1 + rng.below(255));
  }
  memory->data()[0] = 1;
  memory->data()[ram.count() - 1] = 2;
  Snapshot snapshot;
  snapshot.memory = *seal_copy(memory->bytes());
  snapshot.size = {.ram = ram, .ports = 3};
  snapshot.cpu.registers.rip = abi::kRamBase + abi::kImageAt;
  snapshot.cpu.fpu.words[7] = 1234;
  snapshot.clock_ns = 99;
  normalize(snapshot.cpu);
  return snapshot;
}

std::vector<std::uint8_t> memory_of(const Snapshot& snapshot) {
  const auto memory = os::Mapping::of_fd(snapshot.memory.get(), 0, snapshot.size.ram.count(), {});
  return {memory->data(), memory->data() + memory->size()};
}

TEST(SnapshotFile, WhatIsWrittenReadsBack) {
  for (const base::ByteCount ram : {base::mib(2), base::mib(3), base::mib(64)}) {
    const Snapshot snapshot = sample(ram);
    const auto file = encode_snapshot(snapshot, "a note");
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_LT(file->size(), 50 * kPage) << "pages of zeros are not in the file";
    const auto saved = decode_snapshot(*file);
    ASSERT_TRUE(saved) << saved.error().to_string();
    EXPECT_EQ(saved->note, "a note");
    EXPECT_EQ(saved->snapshot.size, snapshot.size);
    EXPECT_EQ(saved->snapshot.clock_ns, snapshot.clock_ns);
    EXPECT_EQ(saved->snapshot.cpu.registers.rip, snapshot.cpu.registers.rip);
    EXPECT_EQ(saved->snapshot.cpu.fpu.words, snapshot.cpu.fpu.words);
    EXPECT_EQ(memory_of(saved->snapshot), memory_of(snapshot));
    EXPECT_TRUE(os::has_seals(saved->snapshot.memory.get(), os::Seals::kContent));
  }
}

TEST(SnapshotFile, EveryDamagedBitAndEveryShorterFileIsRefused) {
  const auto file = encode_snapshot(sample(), "note");
  ASSERT_TRUE(file);
  base::Rng rng(testing::test_seed());
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::uint8_t> bad = *file;
    bad[rng.below(static_cast<std::uint32_t>(bad.size()))] ^=
        static_cast<std::uint8_t>(1u << rng.below(8));
    EXPECT_FALSE(decode_snapshot(bad));
  }
  for (std::size_t length = 0; length < file->size(); length += 1 + rng.below(200)) {
    EXPECT_FALSE(decode_snapshot(base::ByteView(*file).first(length)));
  }
}

// A forger gets the checksum right.
TEST(SnapshotFile, AForgersNumbersAreRefused) {
  const auto file = encode_snapshot(sample(), "note");
  ASSERT_TRUE(file);
  const auto forge = [&](std::size_t at, auto value) {
    std::vector<std::uint8_t> bad = *file;
    std::memcpy(bad.data() + at, &value, sizeof value);
    const std::uint32_t checksum = base::crc32c(base::ByteView(bad).first(bad.size() - 4));
    std::memcpy(bad.data() + bad.size() - 4, &checksum, 4);
    return decode_snapshot(bad).has_value();
  };
  constexpr std::size_t kRam = 16, kPorts = 24, kSlots = 28, kPages = 40, kNote = 44, kFlags = 184;
  constexpr std::size_t kParts = 192 + 512, kNumbers = 192 + 4096;
  EXPECT_TRUE(forge(kPorts, std::uint32_t{3}));
  EXPECT_FALSE(forge(kRam, std::uint64_t{0}));
  EXPECT_FALSE(forge(kRam, ~std::uint64_t{4095}));
  EXPECT_FALSE(forge(kRam, std::uint64_t{(2 << 20) + 1}));
  EXPECT_FALSE(forge(kPorts, std::uint32_t{9}));
  EXPECT_FALSE(forge(kSlots, std::uint32_t{0}));
  EXPECT_FALSE(forge(kSlots, std::uint32_t{1} << 31));
  EXPECT_FALSE(forge(kPages, std::uint32_t{0xffffffff}));
  EXPECT_FALSE(forge(kPages, std::uint32_t{1}));
  EXPECT_FALSE(forge(kNote, std::uint32_t{0xffffffff}));
  EXPECT_FALSE(forge(kFlags, std::uint64_t{0x23002})) << "virtual 8086 mode";
  EXPECT_FALSE(forge(kParts, std::uint32_t{1 << 9}));
  EXPECT_FALSE(forge(kNumbers, std::uint32_t{512}));
  EXPECT_FALSE(forge(kNumbers + 4, std::uint32_t{0}));
}

}  // namespace
}  // namespace superfluid::vmm
