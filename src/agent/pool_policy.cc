// SPDX-License-Identifier: Apache-2.0
#include "agent/pool_policy.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace superfluid::agent {

std::uint32_t level_wanted(const PoolView& view, const PoolLimits& limits) {
  const double ahead = std::clamp(view.arrivals_per_s * limits.seconds_ahead, 0.0,
                                  static_cast<double>(limits.level_max));
  const auto wanted = limits.level + static_cast<std::uint32_t>(std::ceil(ahead));
  return std::min(wanted, std::max(limits.level, limits.level_max));
}

std::uint32_t shells_to_order(const PoolView& view, const PoolLimits& limits) {
  const std::uint64_t wanted = std::uint64_t{level_wanted(view, limits)} + view.waiting;
  const std::uint64_t there = std::uint64_t{view.idle} + view.ordered;
  const std::uint64_t missing = wanted > there ? wanted - there : 0;
  const std::uint64_t slots =
      limits.in_flight_max > view.ordered ? limits.in_flight_max - view.ordered : 0;
  const std::uint64_t room =
      limits.machines_max > view.machines ? limits.machines_max - view.machines : 0;
  return static_cast<std::uint32_t>(std::min({missing, slots, room}));
}

double ArrivalRate::decayed(base::Instant now) const {
  const double elapsed = static_cast<double>((now - at_).count());
  return weight_ * std::exp2(-elapsed / static_cast<double>(kHalfLife.count()));
}

void ArrivalRate::arrived(base::Instant now) {
  weight_ = decayed(now) + 1;
  at_ = now;
}

double ArrivalRate::per_second(base::Instant now) const {
  // A steady rate r holds the weight at r * half-life / ln 2.
  const double seconds = static_cast<double>(kHalfLife.count()) / 1e9;
  return decayed(now) * std::numbers::ln2 / seconds;
}

}  // namespace superfluid::agent
