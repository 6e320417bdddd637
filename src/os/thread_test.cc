// SPDX-License-Identifier: Apache-2.0
#include "os/thread.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "os/process.h"
#include "support/error_of.h"

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
  const auto processors = [&] {
    cpu_set_t set;
    CPU_ZERO(&set);
    EXPECT_EQ(::sched_getaffinity(sleeper->pid(), sizeof set, &set), 0);
    return CPU_COUNT(&set);
  };
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
}

}  // namespace
}  // namespace superfluid::os
