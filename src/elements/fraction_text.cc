// SPDX-License-Identifier: Apache-2.0
#include "elements/fraction_text.h"

#include "base/check.h"
#include "base/text.h"

namespace superfluid::elements {

std::string decimal_text(std::uint64_t value, unsigned digits) {
  base::check(digits <= 9, "a decimal fraction has at most 9 digits");
  std::uint64_t one = 1;
  for (unsigned i = 0; i < digits; ++i) {
    one *= 10;
  }
  if (value % one == 0) {
    return base::cat(value / one);
  }
  // The leading 1 keeps the zeros behind the point.
  std::string text = base::cat(one + value % one);
  text.replace(0, 1, base::cat(value / one, "."));
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string binary_fraction_text(std::uint64_t value, unsigned bits) {
  base::check(bits <= 20, "a binary fraction has at most 20 bits");
  const std::uint64_t one = std::uint64_t{1} << bits;
  const std::uint64_t fraction = value & (one - 1);
  const std::uint64_t whole = value >> bits;
  // The first number of digits that comes nearer to it than half the way to the next value.
  std::uint64_t scale = 1;
  for (unsigned digits = 0;; ++digits, scale *= 10) {
    const std::uint64_t exact = fraction * scale;
    const std::uint64_t nearest = (exact + one / 2) >> bits;
    const std::uint64_t shown = nearest << bits;
    const std::uint64_t error = shown > exact ? shown - exact : exact - shown;
    if (error * 2 < scale) {
      return nearest == scale ? base::cat(whole + 1)
                              : base::cat(whole, decimal_text(nearest, digits).substr(1));
    }
  }
}

std::string timestamp_text(base::Duration since_epoch) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  // Seconds round down, so that the rest is never negative.
  std::int64_t seconds = since_epoch.count() / kSecond;
  std::int64_t rest = since_epoch.count() % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  // The leading 1 keeps the zeros behind the point.
  std::string text = base::cat(kSecond + rest);
  text.resize(rest % 1000 == 0 ? 7 : 10);
  text.replace(0, 1, base::cat(seconds, "."));
  return text;
}

}  // namespace superfluid::elements
