// SPDX-License-Identifier: Apache-2.0
#include "elements/token_bucket.h"

#include <algorithm>

namespace superfluid::elements {
namespace {

constexpr std::uint64_t kTicksPerSecond = base::seconds(1).count() / TokenBucket::kTick.count();

}  // namespace

void TokenBucket::set_rate(std::uint32_t per_second, std::uint32_t capacity) {
  const std::uint64_t tick_brings = (per_second + kTicksPerSecond - 1) / kTicksPerSecond;
  const std::uint64_t least = std::max<std::uint64_t>(1, tick_brings);
  parts_per_token_ = static_cast<std::uint32_t>(kFull / std::max<std::uint64_t>(least, capacity));
  const std::uint64_t parts_per_tick =
      std::uint64_t{per_second} * parts_per_token_ / kTicksPerSecond;
  parts_per_tick_ = static_cast<std::uint32_t>(
      per_second == 0 ? 0 : std::clamp<std::uint64_t>(parts_per_tick, 1, kFull));
}

void TokenBucket::refill(base::Instant now) {
  const std::int64_t tick = now.since_start().count() / kTick.count();
  if (tick > tick_) {
    // More ticks than parts fill any bucket that is refilled at all.
    const auto ticks = std::min<std::uint64_t>(static_cast<std::uint64_t>(tick - tick_), kFull);
    level_ = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(kFull, level_ + ticks * parts_per_tick_));
  }
  tick_ = tick;
}

std::optional<base::Duration> TokenBucket::until(std::uint32_t tokens) const {
  const std::uint64_t needed = wanted(tokens);
  if (needed <= level_) {
    return base::Duration();
  }
  if (needed > kFull || parts_per_tick_ == 0) {
    return std::nullopt;
  }
  const std::uint64_t ticks = (needed - level_ + parts_per_tick_ - 1) / parts_per_tick_;
  return kTick * static_cast<std::int64_t>(ticks);
}

}  // namespace superfluid::elements
