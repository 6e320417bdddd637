// SPDX-License-Identifier: Apache-2.0
// Pacer: lets units (packets, bytes) go evenly over each second, so many a second.
//
// Invariants
//   1. At most `rate` units a second in the long run, however it is asked, but for the last piece:
//      a piece may go when its first unit may.
//   2. What was not used is made up for later, but never more than two seconds' worth.
//   3. Rate 0 lets nothing go.
//
// Threads: those of its owner. Time: passed in, never earlier than before.

#pragma once

#include <cstdint>

#include "base/units.h"

namespace superfluid::elements {

class Pacer {
 public:
  static constexpr std::uint64_t kRateMax = std::uint64_t{1} << 32;

  std::uint64_t rate() const { return rate_; }
  // REQUIRES: rate <= kRateMax.
  void set_rate(std::uint64_t rate) {
    rate_ = rate;
    reset();
  }
  // Forgets what went; one piece may go at once.
  void reset() { started_ = false; }

  // How many units may go now; 0 or less: none.
  std::int64_t allowance(base::Instant now);
  void take(std::int64_t units) { taken_ += units; }
  // When a piece may go again. REQUIRES: the rate is not 0, and allowance() has just said that none
  // may go now.
  base::Instant next() const;

 private:
  std::uint64_t rate_ = 0;
  bool started_ = false;
  std::int64_t second_ = 0;
  std::int64_t taken_ = 0;  // in this second; less than zero when the last one left some
};

}  // namespace superfluid::elements
