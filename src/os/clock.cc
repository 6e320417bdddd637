// SPDX-License-Identifier: Apache-2.0
#include "os/clock.h"

#include <time.h>

#include "base/check.h"

namespace superfluid::os {
namespace {

base::Duration read(clockid_t clock) {
  timespec time{};
  base::check(::clock_gettime(clock, &time) == 0, "Linux has this clock");
  return base::seconds(time.tv_sec) + base::nanoseconds(time.tv_nsec);
}

}  // namespace

base::Instant SystemClock::now() const { return base::Instant(read(CLOCK_MONOTONIC)); }

base::Duration SystemClock::since_epoch() const { return read(CLOCK_REALTIME); }

}  // namespace superfluid::os
