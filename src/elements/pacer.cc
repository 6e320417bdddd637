// SPDX-License-Identifier: Apache-2.0
#include "elements/pacer.h"

#include <algorithm>

namespace superfluid::elements {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

}  // namespace

std::int64_t Pacer::allowance(base::Instant now) {
  if (rate_ == 0) {
    return 0;
  }
  const std::int64_t now_us = now.since_start().count() / 1000;
  const std::int64_t second = now_us / kSecondUs;
  const auto rate = static_cast<std::int64_t>(rate_);
  const std::int64_t earned = now_us % kSecondUs * rate / kSecondUs;
  if (!started_) {
    started_ = true;
    taken_ = earned;
  } else if (second > second_ && taken_ > 0) {
    // Seconds that went by pay what was taken, the last of them into credit.
    const std::int64_t paying = std::min(second - second_, (taken_ + rate - 1) / rate);
    taken_ -= paying * rate;
  }
  second_ = second;
  return earned - taken_ + 1;
}

base::Instant Pacer::next() const {
  const auto rate = static_cast<std::int64_t>(rate_);
  const std::int64_t seconds = taken_ / rate;
  const std::int64_t us = (taken_ % rate * kSecondUs + rate - 1) / rate;
  return base::Instant(base::seconds(second_ + seconds)) + base::microseconds(us);
}

}  // namespace superfluid::elements
