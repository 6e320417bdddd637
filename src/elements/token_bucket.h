// SPDX-License-Identifier: Apache-2.0
// TokenBucket: so many tokens a second, saved up to a capacity. What shapers and policers of
// packets and bytes are made of.
//
// Time goes by in ticks of a millisecond, and the level is kept in 2^32 - 1 parts of the capacity:
// existing configurations and their tests were tuned with this arithmetic, so their rates come out
// as they are used to. It errs to the slow side, by up to a tick each time the bucket runs empty,
// which a capacity of more than one token evens out.
//
// Invariants
//   1. 0 <= level <= 2^32 - 1. A bucket of rate 0 is never refilled.
//   2. The capacity is at least what a tick brings.
//
// Threads: those of its owner. Time: passed in; going back, it refills nothing.

#pragma once

#include <cstdint>
#include <optional>

#include "base/units.h"

namespace superfluid::elements {

class TokenBucket {
 public:
  static constexpr base::Duration kTick = base::milliseconds(1);

  // Full as soon as it is first refilled. The level stays the same part of the capacity.
  void set_rate(std::uint32_t per_second, std::uint32_t capacity);
  void set_level(std::uint32_t tokens) { level_ = parts(tokens); }
  // The same part of the capacity as the other holds, filled as long ago.
  void take_level(const TokenBucket& other) {
    level_ = other.level_;
    tick_ = other.tick_;
  }

  void refill(base::Instant now);
  std::uint32_t tokens() const { return level_ / parts_per_token_; }
  // False for more than the capacity.
  bool contains(std::uint32_t tokens) const { return wanted(tokens) <= level_; }
  // Down to nothing at most.
  void remove(std::uint32_t tokens) { level_ -= level_ < parts(tokens) ? level_ : parts(tokens); }
  // How long until contains(tokens); nullopt when that never comes.
  std::optional<base::Duration> until(std::uint32_t tokens) const;

 private:
  static constexpr std::uint32_t kFull = 0xffffffff;

  std::uint64_t wanted(std::uint32_t tokens) const {
    return std::uint64_t{tokens} * parts_per_token_;
  }
  std::uint32_t parts(std::uint32_t tokens) const {
    return wanted(tokens) < kFull ? static_cast<std::uint32_t>(wanted(tokens)) : kFull;
  }

  std::uint32_t level_ = kFull;
  std::uint32_t parts_per_tick_ = 0;
  std::uint32_t parts_per_token_ = 1;
  std::int64_t tick_ = 0;  // of the last refill
};

}  // namespace superfluid::elements
