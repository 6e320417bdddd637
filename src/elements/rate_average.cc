// SPDX-License-Identifier: Apache-2.0
#include "elements/rate_average.h"

#include <algorithm>

#include "elements/fraction_text.h"

namespace superfluid::elements {

// One observation; rounds to the nearest. Unsigned wrap-around and an arithmetic shift make up a
// signed difference.
void RateAverage::fold(std::uint64_t count) {
  const std::uint64_t sample =
      (std::min(count, kCountMax) << kAverageBits) + (1 << (kWeightShift - 1));
  average_ +=
      static_cast<std::uint64_t>(static_cast<std::int64_t>(sample - average_) >> kWeightShift);
}

std::string RateAverage::text(base::Instant now, std::uint64_t times) {
  add(0, now);
  constexpr unsigned kDropped = kFractionBits - kTextBits;
  return binary_fraction_text((per_second() * times + (1 << (kDropped - 1))) >> kDropped,
                              kTextBits);
}

void RateAverage::end_epochs(base::Instant now) {
  const std::int64_t epoch = now.since_start().count() / kEpoch.count();
  const std::int64_t last = epoch_end_.since_start().count() / kEpoch.count();
  if (epoch - last >= kEpochsKept) {
    average_ = 0;
  } else {
    fold(current_);
    for (std::int64_t empty = last; empty < epoch; ++empty) {
      fold(0);
    }
  }
  current_ = 0;
  epoch_end_ = base::Instant(kEpoch * (epoch + 1));
}

}  // namespace superfluid::elements
