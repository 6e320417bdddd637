// SPDX-License-Identifier: Apache-2.0
#include "os/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "os/errno.h"
#include "support/resource_limit.h"
#include "support/temporary_directory.h"

namespace superfluid::os {
namespace {

using base::bytes_of;
using base::ErrorCode;
using superfluid::testing::LoweredLimit;
using superfluid::testing::TemporaryDirectory;
using ::testing::HasSubstr;

std::size_t entries_of(const std::string& directory) {
  const auto all = std::filesystem::directory_iterator(directory);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(Errno, SaysWhatWasDoneAndTheClassOfFailure) {
  const base::Error error = errno_error("open /dev/kvm", EACCES);
  EXPECT_EQ(error.code(), ErrorCode::kNotPermitted);
  EXPECT_EQ(error.message(), "open /dev/kvm: permission denied");
  EXPECT_EQ(code_of_errno(ENOENT), ErrorCode::kNotFound);
  EXPECT_EQ(code_of_errno(EEXIST), ErrorCode::kConflict);
  EXPECT_EQ(code_of_errno(EMFILE), ErrorCode::kExhausted);
  EXPECT_EQ(code_of_errno(EPIPE), ErrorCode::kUnreachable);
  EXPECT_EQ(code_of_errno(ENOSYS), ErrorCode::kUnsupported);
  EXPECT_EQ(errno_error("act", 123456).message(), "act: errno 123456");
}

TEST(Errno, EscapesHostileNames) {
  EXPECT_EQ(errno_error("open a\nb", ENOENT).message(), "open a\\x0ab: no such file or directory");
}

TEST(UniqueFd, ClosesOnceAndMoves) {
  auto opened = open_file("/dev/null", O_RDONLY);
  ASSERT_TRUE(opened.has_value());
  const int number = opened->get();
  EXPECT_EQ(::fcntl(number, F_GETFD), FD_CLOEXEC);
  {
    const UniqueFd moved = std::move(*opened);
    EXPECT_FALSE(opened->valid());
    EXPECT_EQ(moved.get(), number);
  }
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(UniqueFd, DuplicatesAreCloseOnExec) {
  const auto null = open_file("/dev/null", O_RDONLY);
  ASSERT_TRUE(null.has_value());
  const auto copy = null->duplicate();
  ASSERT_TRUE(copy.has_value());
  EXPECT_NE(copy->get(), null->get());
  EXPECT_EQ(::fcntl(copy->get(), F_GETFD), FD_CLOEXEC);
  EXPECT_FALSE(UniqueFd().duplicate().has_value());
}

TEST(UniqueFdDeathTest, DiesWhenSomebodyElseClosedIt) {
  EXPECT_DEATH(
      {
        const UniqueFd fd(::open("/dev/null", O_RDONLY));
        ::close(fd.get());
      },
      "nobody else closed this UniqueFd");
}

TEST(Files, OpenSaysThatDescriptorsRanOut) {
  const LoweredLimit limit(RLIMIT_NOFILE, 0);
  const auto refused = open_file("/dev/null", O_RDONLY);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kExhausted);
}

TEST(Files, ReadsWholeFilesWithinTheLimit) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("file");
  const std::string content(200'000, 'x');
  ASSERT_TRUE(write_atomically(path, bytes_of(content)).has_value());
  EXPECT_EQ(read_text(path, base::bytes(content.size())).value(), content);
  const auto refused = read_text(path, base::bytes(content.size() - 1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message(), HasSubstr(path));
}

TEST(Files, EndlessFilesAreRefused) {
  EXPECT_EQ(read_text("/dev/zero", base::mib(1)).error().code(), ErrorCode::kExhausted);
}

TEST(Files, ReadingADirectoryIsAnError) {
  EXPECT_EQ(read_text("/", base::mib(1)).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(read_text("/absent/file", base::mib(1)).error().code(), ErrorCode::kNotFound);
}

TEST(Files, ReplacesAFileAndLeavesNothingBeside) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("file");
  ASSERT_TRUE(write_atomically(path, bytes_of("old"), 0600).has_value());
  ASSERT_TRUE(write_atomically(path, bytes_of("new"), 0640).has_value());
  EXPECT_EQ(read_text(path, base::kib(1)).value(), "new");
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0640u);
  EXPECT_EQ(entries_of(directory.path()), 1u);
}

TEST(Files, AFailedReplacementKeepsTheOldContent) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("file");
  ASSERT_TRUE(write_atomically(path, bytes_of("old")).has_value());
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  {
    const LoweredLimit limit(RLIMIT_FSIZE, 10);
    const auto refused = write_atomically(path, bytes_of("much more than ten bytes"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kExhausted);
  }
  std::signal(SIGXFSZ, before);
  EXPECT_EQ(read_text(path, base::kib(1)).value(), "old");
  EXPECT_EQ(entries_of(directory.path()), 1u);
}

TEST(Files, WritingSaysThatTheDiskIsFull) {
  const auto full = open_file("/dev/full", O_WRONLY);
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(write_all(full->get(), bytes_of("x")).error().code(), ErrorCode::kExhausted);
}

TEST(Files, MakesDirectoriesAsNeeded) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(make_directories(directory.path("a/b/c")).has_value());
  EXPECT_TRUE(make_directories(directory.path("a/b/c/")).has_value());
  EXPECT_TRUE(std::filesystem::is_directory(directory.path("a/b/c")));
  ASSERT_TRUE(write_atomically(directory.path("a/file"), {}).has_value());
  EXPECT_EQ(make_directories(directory.path("a/file")).error().code(), ErrorCode::kConflict);
  EXPECT_FALSE(make_directories(directory.path("a/file/b")).has_value());
}

}  // namespace
}  // namespace superfluid::os
