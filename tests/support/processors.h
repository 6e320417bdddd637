// SPDX-License-Identifier: Apache-2.0
// On how many processors a process may run.

#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/types.h>

namespace superfluid::testing {

// Of one thread; 0: the calling thread.
inline int processors_of(pid_t process) {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  EXPECT_EQ(::sched_getaffinity(process, sizeof processors, &processors), 0);
  return CPU_COUNT(&processors);
}

}  // namespace superfluid::testing
