// SPDX-License-Identifier: Apache-2.0
// The operating system's clock. main() makes one and hands it down; whoever else wants the time
// takes a base::Clock&.
//
// now() is CLOCK_MONOTONIC, the same in every process of this host (but not after a reboot, and not
// on another host). since_epoch() is CLOCK_REALTIME and may jump.

#pragma once

#include "base/clock.h"

namespace superfluid::os {

class SystemClock final : public base::Clock {
 public:
  base::Instant now() const override;
  base::Duration since_epoch() const override;
};

}  // namespace superfluid::os
