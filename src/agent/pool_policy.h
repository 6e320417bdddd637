// SPDX-License-Identifier: Apache-2.0
// How many shells to order: a pure function of what the pool looks like. And how often starts come,
// which it needs to know.
//
// Invariants (agent/pool_policy_test.cc checks them over random pools)
//   1. idle + ordered never passes what is waited for plus `level_max`.
//   2. No more than `in_flight_max` are being made at a time: making one costs the host the work of
//      several starts, and starts come first.
//   3. Whoever waits gets a shell ordered, as long as the limits allow one.
//   4. All being equal, more arrivals never mean fewer shells.
//
// Threads: none. Time: passed in.

#pragma once

#include <cstdint>

#include "base/units.h"

namespace superfluid::agent {

struct PoolView {
  std::uint32_t idle = 0;
  std::uint32_t ordered = 0;
  std::uint32_t waiting = 0;  // starts that found no shell
  double arrivals_per_s = 0;
  std::uint32_t machines = 0;  // of all sizes, idle ones, ordered ones and those that live
};

struct PoolLimits {
  std::uint32_t level = 8;       // kept idle when nothing happens
  std::uint32_t level_max = 64;  // and at most
  std::uint32_t in_flight_max = 2;
  std::uint32_t machines_max = 16384;
  double seconds_ahead = 0.05;  // arrivals of so long are kept ready: some times what making takes
};

// What should be idle now.
std::uint32_t level_wanted(const PoolView& view, const PoolLimits& limits);
std::uint32_t shells_to_order(const PoolView& view, const PoolLimits& limits);

// Arrivals per second, those of the last second counting most: an average whose weight falls by
// half every kHalfLife.
class ArrivalRate {
 public:
  static constexpr base::Duration kHalfLife = base::seconds(1);

  void arrived(base::Instant now);
  double per_second(base::Instant now) const;

 private:
  double decayed(base::Instant now) const;

  double weight_ = 0;
  base::Instant at_;
};

}  // namespace superfluid::agent
