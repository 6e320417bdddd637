// SPDX-License-Identifier: Apache-2.0
// RateAverage: how many a second, lately: an exponentially weighted moving average over epochs of a
// millisecond, each weighing 1/16.
//
// Invariants: fixed point; the same calls give the same rate on every machine. An idle time of 100
// epochs or more reads as zero.
//
// Threads: those of its owner. Time: passed in, never earlier than before.

#pragma once

#include <cstdint>
#include <string>

#include "base/units.h"

namespace superfluid::elements {

// value / 2^bits in as few decimals as tell it from its neighbours; bits <= 20.
std::string binary_fraction_text(std::uint64_t value, unsigned bits);

class RateAverage {
 public:
  static constexpr unsigned kFractionBits = 20;  // of per_second()

  void add(std::uint64_t count, base::Instant now) {
    if (now >= epoch_end_) [[unlikely]] {
      end_epochs(now);
    }
    current_ += count;
  }

  // As of the last whole epoch before the latest add().
  std::uint64_t per_second() const {
    constexpr unsigned kDropped = kAverageBits - kFractionBits;
    return ((average_ + (1 << (kDropped - 1))) >> kDropped) * kEpochsPerSecond;
  }
  // `times` the rate of now, for people.
  std::string text(base::Instant now, std::uint64_t times = 1);

 private:
  static constexpr unsigned kAverageBits = 32;
  static constexpr unsigned kTextBits = 10;
  static constexpr unsigned kWeightShift = 4;
  static constexpr std::int64_t kEpochsKept = 100;
  static constexpr base::Duration kEpoch = base::milliseconds(1);
  static constexpr std::uint64_t kEpochsPerSecond = 1000;
  static constexpr std::uint64_t kCountMax = (std::uint64_t{1} << 31) - 1;  // of one epoch

  void end_epochs(base::Instant now);
  void fold(std::uint64_t count);

  std::uint64_t average_ = 0;  // per epoch, with kAverageBits of fraction
  std::uint64_t current_ = 0;  // in this epoch
  base::Instant epoch_end_;
};

}  // namespace superfluid::elements
