// SPDX-License-Identifier: Apache-2.0
#include "elements/rate_average.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace superfluid::elements {

std::string binary_fraction_text(std::uint64_t value, unsigned bits) {
  base::check(bits <= 20, "a fraction has at most 20 bits");
  const std::uint64_t one = std::uint64_t{1} << bits;
  const std::uint64_t fraction = value & (one - 1);
  std::uint64_t whole = value >> bits;
  // Few digits first: those that are nearer to this fraction than half the way to the next.
  for (std::uint64_t scale = 1;; scale *= 10) {
    const std::uint64_t digits = (fraction * scale + one / 2) >> bits;
    const std::uint64_t shown = digits * one;
    const std::uint64_t exact = fraction * scale;
    const std::uint64_t error = shown > exact ? shown - exact : exact - shown;
    if (error * 2 >= scale && error != 0) {
      continue;
    }
    if (digits == 0 || digits == scale) {
      return base::cat(whole + digits / scale);
    }
    // The leading 1 keeps the zeros behind the point.
    return base::cat(whole, ".", std::string_view(base::cat(scale + digits)).substr(1));
  }
}

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
