// SPDX-License-Identifier: Apache-2.0
// Clock: whoever needs the time is handed one. The operating system's is in os/clock.h; tests hold
// a ManualClock, and nothing sleeps in a test.

#pragma once

#include "base/check.h"
#include "base/units.h"

namespace superfluid::base {

class Clock {
 public:
  virtual ~Clock() = default;

  // Monotonic: never goes back, unrelated to the time of day.
  virtual Instant now() const = 0;
  // Nanoseconds since 1970-01-01T00:00:00Z: may jump; for stamps that leave the process.
  virtual Duration since_epoch() const = 0;
};

// Time that moves only when told to, and only forward.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Duration epoch = seconds(0)) : epoch_(epoch) {}

  Instant now() const override { return Instant(elapsed_); }
  Duration since_epoch() const override { return epoch_ + elapsed_; }
  void advance(Duration by) {
    check(by >= Duration(), "ManualClock does not go back");
    elapsed_ += by;
  }

 private:
  Duration epoch_;
  Duration elapsed_;
};

}  // namespace superfluid::base
