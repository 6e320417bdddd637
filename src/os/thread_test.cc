// SPDX-License-Identifier: Apache-2.0
#include "os/thread.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

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

}  // namespace
}  // namespace superfluid::os
