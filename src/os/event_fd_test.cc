// SPDX-License-Identifier: Apache-2.0
#include "os/event_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "os/files.h"
#include "support/error_of.h"

namespace superfluid::os {
namespace {

using superfluid::testing::error_of;

TEST(EventFd, HasBeenRungHoweverOften) {
  const auto bell = EventFd::create();
  ASSERT_TRUE(bell.has_value());
  EXPECT_FALSE(bell->take());
  bell->ring();
  bell->ring();
  EXPECT_TRUE(bell->take());
  EXPECT_FALSE(bell->take());
}

TEST(EventFd, AFullOneIsRungAndStopsNobody) {
  const auto bell = EventFd::create();
  ASSERT_TRUE(bell.has_value());
  const std::uint64_t most = ~0ull - 1;
  ASSERT_EQ(::write(bell->fd(), &most, sizeof most), 8);
  bell->ring();
  EXPECT_TRUE(bell->take());
}

TEST(EventFd, AdoptsWhatIsOneAndMakesItNotBlock) {
  UniqueFd blocking(::eventfd(0, EFD_CLOEXEC));
  ASSERT_TRUE(blocking.valid());
  const auto bell = EventFd::adopt(std::move(blocking));
  ASSERT_TRUE(bell.has_value()) << bell.error().to_string();
  EXPECT_FALSE(bell->take());
  bell->ring();
  EXPECT_TRUE(bell->take());
}

TEST(EventFd, AdoptsNothingElse) {
  auto file = open_file("/dev/null", O_RDWR);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(error_of(EventFd::adopt(std::move(*file))), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(EventFd::adopt(UniqueFd())), base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace superfluid::os
