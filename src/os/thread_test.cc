// SPDX-License-Identifier: Apache-2.0
#include "os/thread.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>

#include "base/text.h"
#include "os/process.h"
#include "support/error_of.h"
#include "support/processors.h"

namespace superfluid::os {
namespace {

// In a thread of its own, so that the test program stays where it was.
TEST(OsThreads, AThreadIsBoundToOneAlone) {
  std::jthread bound([] {
    const int now = ::sched_getcpu();
    ASSERT_GE(now, 0);
    ASSERT_TRUE(bind_to_processor(static_cast<std::size_t>(now)).has_value());
    EXPECT_EQ(::sched_getcpu(), now);
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(CPU_COUNT(&set), 1);
    EXPECT_TRUE(CPU_ISSET(static_cast<unsigned>(now), &set));
  });
}

std::uint64_t stack_in_use() {
  // Of the calling thread, which is the process's first.
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool is_stack = false;
  while (std::getline(maps, line)) {
    is_stack = is_stack || line.ends_with("[stack]");
    if (is_stack && line.starts_with("Rss:")) {
      const std::string_view kib = std::string_view(line).substr(4);
      return base::parse_u64(base::trim(kib.substr(0, kib.find("kB")))).value_or(0) << 10;
    }
  }
  return 0;
}

[[gnu::noinline]] int go_deep() {
  std::array<volatile std::uint8_t, 300 << 10> much;
  for (std::size_t i = 0; i < much.size(); i += 512) {
    much[i] = 1;
  }
  return much[1024];
}

TEST(TrimStack, GivesBackWhatWasNeededOnce) {
  ASSERT_EQ(go_deep(), 1);
  const std::uint64_t before = stack_in_use();
  ASSERT_GE(before, 300U << 10);
  trim_stack();
  EXPECT_LT(stack_in_use(), before - (200 << 10));
  EXPECT_EQ(go_deep(), 1) << "and it is there again";
}

TEST(OsThreads, AThreadHasItsNameAsFarAsItFits) {
  std::jthread named([] {
    name_thread("a name that is too long");
    char name[32] = {};
    ASSERT_EQ(::pthread_getname_np(::pthread_self(), name, sizeof name), 0);
    EXPECT_STREQ(name, "a name that is ");
  });
}

TEST(Pin, AProcessIsPinnedAndSetFreeAgain) {
  auto sleeper = Process::spawn({.argv = {"sleep", "1000"}});
  ASSERT_TRUE(sleeper);
  const auto processors = [&] { return superfluid::testing::processors_of(sleeper->pid()); };
  const int all = processors();
  cpu_set_t ours;
  CPU_ZERO(&ours);
  ASSERT_EQ(::sched_getaffinity(0, sizeof ours, &ours), 0);
  unsigned first = 0;
  while (!CPU_ISSET(first, &ours)) {
    ++first;
  }
  ASSERT_TRUE(pin(sleeper->pid(), first));
  EXPECT_EQ(processors(), 1);
  ASSERT_TRUE(pin(sleeper->pid(), std::nullopt));
  EXPECT_EQ(processors(), all);
  EXPECT_EQ(superfluid::testing::error_of(pin(sleeper->pid(), 4000)), base::ErrorCode::kInvalid);
  const base::Status absent = pin(sleeper->pid(), CPU_SETSIZE - 1);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().best_remedy().substr(0, 15), base::cat("one of these: ", first));
}

}  // namespace
}  // namespace superfluid::os
