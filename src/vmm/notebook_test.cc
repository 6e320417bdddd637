// SPDX-License-Identifier: Apache-2.0
#include "vmm/notebook.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "os/memfd.h"
#include "support/error_of.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;
using testing::error_of;

std::int64_t blocks_of(const os::UniqueFd& memory) {
  struct stat about {};
  ::fstat(memory.get(), &about);
  return about.st_blocks;
}

TEST(Notebook, TheDaemonAfterReadsWhatWasNotedLast) {
  const auto memory = Notebook::create(3).value();
  {
    Notebook before = Notebook::map(memory.get()).value();
    EXPECT_EQ(before.pages(), 3U);
    EXPECT_EQ(before.read(1).value_or("?"), "");
    ASSERT_TRUE(before.write(1, "first"));
    ASSERT_TRUE(before.write(1, "second, and longer"));
    ASSERT_TRUE(before.write(1, "third"));
    ASSERT_TRUE(before.write(2, std::string(Notebook::kNoteBytesMax, 'n')));
  }
  const Notebook after = Notebook::map(memory.get()).value();
  EXPECT_EQ(after.read(0).value_or("?"), "");
  EXPECT_EQ(after.read(1).value_or("?"), "third");
  EXPECT_TRUE(after.read(2).value_or("?") == std::string(Notebook::kNoteBytesMax, 'n'));
}

TEST(Notebook, ANoteThatIsTooLongLeavesTheOneBefore) {
  const auto memory = Notebook::create(1).value();
  Notebook book = Notebook::map(memory.get()).value();
  ASSERT_TRUE(book.write(0, "kept"));
  EXPECT_EQ(error_of(book.write(0, std::string(Notebook::kNoteBytesMax + 1, 'n'))),
            ErrorCode::kInvalid);
  EXPECT_EQ(book.read(0).value_or("?"), "kept");
  EXPECT_EQ(error_of(book.write(1, "nowhere")), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(book.read(1)), ErrorCode::kInvalid);
}

TEST(Notebook, APageThatWasTornOutTakesNoMemoryAndSaysNothing) {
  const auto memory = Notebook::create(2).value();
  Notebook book = Notebook::map(memory.get()).value();
  ASSERT_TRUE(book.write(0, "stays"));
  const std::int64_t before = blocks_of(memory);
  ASSERT_TRUE(book.write(1, "goes"));
  EXPECT_GT(blocks_of(memory), before);
  ASSERT_TRUE(Notebook::tear_out(memory, 1));
  EXPECT_EQ(blocks_of(memory), before);
  EXPECT_EQ(book.read(1).value_or("?"), "");
  EXPECT_EQ(book.read(0).value_or("?"), "stays");
}

TEST(Notebook, WhatIsNoneIsRefused) {
  const auto unsealed = os::create_memfd("none", base::kib(132)).value();
  EXPECT_EQ(error_of(Notebook::map(unsealed.get())), ErrorCode::kInvalid);
  const auto other_size = os::create_memfd("none", base::kib(5)).value();
  ASSERT_TRUE(os::seal(other_size, os::Seals::kSize));
  EXPECT_EQ(error_of(Notebook::map(other_size.get())), ErrorCode::kInvalid);

  const auto scribbled = Notebook::create(1).value();
  const auto raw =
      os::Mapping::of_fd(scribbled.get(), 0, 4096, {.access = os::Mapping::Access::kReadWrite})
          .value();
  const Notebook book = Notebook::map(scribbled.get()).value();
  const std::uint32_t word = 0xffffffff;
  std::memcpy(raw.data() + 64, &word, sizeof word);  // the first half's length
  EXPECT_EQ(error_of(book.read(0)), ErrorCode::kCorrupt);
  std::memcpy(raw.data(), &word, sizeof word);
  EXPECT_EQ(error_of(book.read(0)), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace superfluid::vmm
