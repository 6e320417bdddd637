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

std::string timestamp_text(base::Duration time) {
  const bool negative = time < base::Duration();
  const std::uint64_t all = negative ? 0 - static_cast<std::uint64_t>(time.count())
                                     : static_cast<std::uint64_t>(time.count());
  const std::uint64_t fraction = all % 1'000'000'000;
  std::string digits = base::cat(fraction);
  digits.insert(0, 9 - digits.size(), '0');
  if (fraction % 1000 == 0) {
    digits.resize(6);
  }
  return base::cat(negative ? "-" : "", all / 1'000'000'000, ".", digits);
}

}  // namespace superfluid::elements
