// SPDX-License-Identifier: Apache-2.0
#include "elements/pacer.h"

#include <algorithm>

namespace superfluid::elements {

std::int64_t Pacer::allowance(base::Instant now) {
  if (rate_ == 0) {
    return 0;
  }
  constexpr std::int64_t kSecondUs = 1'000'000;
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

}  // namespace superfluid::elements
