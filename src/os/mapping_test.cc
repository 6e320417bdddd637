// SPDX-License-Identifier: Apache-2.0
#include "os/mapping.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "base/check.h"
#include "os/files.h"
#include "os/memfd.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;

const std::size_t kPage = Mapping::page_size();

UniqueFd memfd_of(std::string_view content, std::size_t size) {
  auto memfd = create_memfd("test", base::bytes(size));
  base::check(memfd.has_value() && write_all(memfd->get(), base::bytes_of(content)).has_value(),
              "a memfd can be made");
  return std::move(*memfd);
}

std::string_view text_at(const Mapping& mapping, std::size_t at, std::size_t length) {
  return base::text_of(mapping.bytes().subspan(at, length));
}

TEST(Mapping, SharedIsSeenByAllAndPrivateByOne) {
  const UniqueFd memfd = memfd_of("hello", kPage);
  auto shared = Mapping::of_fd(memfd.get(), 0, kPage, {.access = Mapping::Access::kReadWrite});
  auto own = Mapping::of_fd(
      memfd.get(), 0, kPage,
      {.access = Mapping::Access::kReadWrite, .sharing = Mapping::Sharing::kPrivate});
  ASSERT_TRUE(shared.has_value() && own.has_value());
  own->writable()[0] = 'j';
  EXPECT_EQ(text_at(*shared, 0, 5), "hello");
  shared->writable()[4] = 'a';
  EXPECT_EQ(text_at(*own, 0, 5), "jello");  // its page is its own since the first write
  Mapping moved = std::move(*own);
  EXPECT_EQ(own->data(), nullptr);
  ASSERT_TRUE(moved.discard(0, kPage).has_value());
  EXPECT_EQ(text_at(moved, 0, 5), "hella");
}

TEST(Mapping, PartsAreReplacedInPlace) {
  const UniqueFd image = memfd_of("image", kPage);
  auto memory = Mapping::anonymous(4 * kPage, {.reserve = false});
  ASSERT_TRUE(memory.has_value());
  std::memset(memory->data(), 'm', memory->size());
  std::uint8_t* const where = memory->data();
  ASSERT_TRUE(
      memory
          ->replace(kPage, kPage, image.get(), 0,
                    {.access = Mapping::Access::kReadWrite, .sharing = Mapping::Sharing::kPrivate})
          .has_value());
  EXPECT_EQ(memory->data(), where);
  EXPECT_EQ(text_at(*memory, kPage - 1, 6), "mimage");
  EXPECT_EQ(text_at(*memory, 2 * kPage, 1), "m");
  ASSERT_TRUE(memory->replace(kPage, kPage, Mapping::AnonymousOptions{}).has_value());
  EXPECT_EQ(text_at(*memory, kPage - 1, 2), std::string_view("m\0", 2));
}

TEST(Mapping, RefusesWhatTheKernelRefuses) {
  EXPECT_EQ(Mapping::anonymous(0, {}).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(Mapping::anonymous(std::size_t{1} << 60, {}).error().code(), ErrorCode::kExhausted);
  EXPECT_FALSE(Mapping::of_fd(-1, 0, kPage, {}).has_value());
}

TEST(MappingDeathTest, PartsLieInsideAndAreWholePages) {
  auto memory = Mapping::anonymous(2 * kPage, {});
  ASSERT_TRUE(memory.has_value());
  EXPECT_DEATH((void)memory->discard(kPage, 2 * kPage), "lies inside");
  EXPECT_DEATH((void)memory->discard(3 * kPage, kPage), "lies inside");
  EXPECT_DEATH((void)memory->discard(0, 1), "whole pages");
}

TEST(MappingDeathTest, ProtectionIsTheKernels) {
  auto memory = Mapping::anonymous(kPage, {});
  ASSERT_TRUE(memory.has_value());
  ASSERT_TRUE(memory->protect(0, kPage, Mapping::Access::kRead).has_value());
  EXPECT_EQ(memory->bytes()[0], 0);
  EXPECT_DEATH(*const_cast<volatile std::uint8_t*>(memory->data()) = 1, "");
}

TEST(Memfd, SizeSealsKeepTheSizeAndAllowWriting) {
  const UniqueFd memfd = memfd_of("x", kPage);
  EXPECT_FALSE(has_seals(memfd.get(), Seals::kSize));
  ASSERT_TRUE(seal(memfd, Seals::kSize).has_value());
  EXPECT_TRUE(has_seals(memfd.get(), Seals::kSize));
  EXPECT_FALSE(has_seals(memfd.get(), Seals::kContent));
  EXPECT_NE(::ftruncate(memfd.get(), 0), 0);
  EXPECT_NE(::ftruncate(memfd.get(), static_cast<off_t>(2 * kPage)), 0);
  EXPECT_EQ(size_of(memfd.get()).value(), base::bytes(kPage));
  EXPECT_TRUE(write_all(memfd.get(), base::bytes_of("y")).has_value());
  EXPECT_FALSE(seal(memfd, Seals::kContent).has_value());  // seals are sealed too
}

TEST(Memfd, ContentSealsForbidWriting) {
  const UniqueFd memfd = memfd_of("x", kPage);
  {
    auto writable = Mapping::of_fd(memfd.get(), 0, kPage, {.access = Mapping::Access::kReadWrite});
    ASSERT_TRUE(writable.has_value());
    EXPECT_EQ(seal(memfd, Seals::kContent).error().code(), ErrorCode::kConflict);
  }
  ASSERT_TRUE(seal(memfd, Seals::kContent).has_value());
  EXPECT_FALSE(write_all(memfd.get(), base::bytes_of("y")).has_value());
  EXPECT_FALSE(
      Mapping::of_fd(memfd.get(), 0, kPage, {.access = Mapping::Access::kReadWrite}).has_value());
  EXPECT_TRUE(Mapping::of_fd(memfd.get(), 0, kPage, {}).has_value());
}

TEST(Memfd, WhatIsNoMemfdHasNoSeals) {
  const auto file = open_file("/dev/null", 0);
  ASSERT_TRUE(file.has_value());
  EXPECT_FALSE(has_seals(file->get(), Seals::kSize));
  EXPECT_FALSE(size_of(-1).has_value());
}

}  // namespace
}  // namespace superfluid::os
