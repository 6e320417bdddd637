// SPDX-License-Identifier: Apache-2.0
// RateBucket: the token bucket of elements that come as RatedX, in packets, and BandwidthRatedX, in
// bytes, and their arguments RATE, BURST_DURATION and BURST_SIZE or BURST_BYTES.
//
// Invariants
//   1. It is full at the start.
//   2. A packet of any length may pass as soon as the bucket is not in debt.
//
// Threads: those of its owner.

#pragma once

#include <optional>

#include "base/callback.h"
#include "elements/token_bucket.h"
#include "elements/traffic_rate.h"
#include "graph/arguments.h"
#include "graph/handler.h"

namespace superfluid::elements {

class RateBucket {
 public:
  explicit RateBucket(TrafficUnit unit) : rate_{unit} {}

  // Before arguments.complete(), and after it.
  void read(graph::Arguments& arguments);
  void settle(graph::Arguments& arguments);
  // `rate` and `config`; `after` runs once a new rate is in place.
  void add_handlers(graph::HandlerTable& handlers, base::Callback<void()> after);

  void refill(base::Instant now) { bucket_.refill(now); }
  bool may_pass() const { return bucket_.contains(threshold()); }
  void pay(const graph::Packet& packet) { bucket_.remove(units_of(packet, rate_.unit)); }
  std::optional<base::Duration> until_may_pass() const { return bucket_.until(threshold()); }
  // As full as the other, as far as it fits.
  void take_level(const RateBucket& other) { bucket_.take_level(other.bucket_); }

 private:
  // What the bucket holds when nothing is owed, and must hold before a packet goes. Of bytes it is
  // more than any packet, so that no packet empties the bucket.
  static constexpr std::uint32_t kBytesThreshold = 1 << 17;
  static_assert(kBytesThreshold > graph::kPacketBytesMax);

  std::uint32_t threshold() const {
    return rate_.unit == TrafficUnit::kPackets ? 1 : kBytesThreshold;
  }
  void fill();

  TrafficRate rate_;
  std::optional<base::Duration> burst_duration_;
  std::optional<std::uint32_t> burst_size_;
  TokenBucket bucket_;
  base::Callback<void()> after_change_;
};

}  // namespace superfluid::elements
