// SPDX-License-Identifier: Apache-2.0
#include "elements/real_text.h"

#include <bit>
#include <cstdint>
#include <limits>

#include "base/text.h"

namespace superfluid::elements {
namespace {

using base::cat;

// Of x87: 64 bits, so that twelve digits are right after all that is done to them here.
using Wide = long double;

constexpr int kDigits = 12;
constexpr std::uint64_t kLeast = 100'000'000'000;  // of so many digits
constexpr int kPowersMax = 400;                    // of ten, in what is parsed

bool is_negative(double value) { return std::bit_cast<std::uint64_t>(value) >> 63 != 0; }
bool is_nan(double value) { return value != value; }
bool is_infinite(double value) {
  return value > std::numeric_limits<double>::max() ||
         value < std::numeric_limits<double>::lowest();
}

Wide power_of_ten(int exponent) {
  Wide power = 1;
  Wide square = 10;
  for (auto left = static_cast<unsigned>(exponent < 0 ? -exponent : exponent); left != 0;
       left >>= 1) {
    power *= (left & 1) != 0 ? square : 1;
    square *= square;
  }
  return power;
}

Wide scaled(Wide value, int exponent) {
  return exponent < 0 ? value / power_of_ten(exponent) : value * power_of_ten(exponent);
}

// To the nearest, to the even one of two.
std::uint64_t rounded(Wide value) {
  const auto whole = static_cast<std::uint64_t>(value);
  const Wide rest = value - static_cast<Wide>(whole);
  return whole + (rest > 0.5L || (rest == 0.5L && whole % 2 != 0) ? 1 : 0);
}

struct Decimal {
  std::uint64_t digits = 0;  // kDigits of them, the first not zero
  int exponent = 0;          // of the first
};

// REQUIRES: value is finite and more than 0.
Decimal decimal_of(double value) {
  constexpr double kTenOfTwo = 0.30102999566398120;
  const auto bits = static_cast<int>(std::bit_cast<std::uint64_t>(value) >> 52) - 1023;
  Decimal decimal{.digits = 0, .exponent = static_cast<int>(bits * kTenOfTwo)};
  // The guess is near, but for numbers that are denormal.
  const auto digits = [&] { return scaled(value, kDigits - 1 - decimal.exponent); };
  while (digits() >= static_cast<Wide>(10 * kLeast)) {
    ++decimal.exponent;
  }
  while (digits() < static_cast<Wide>(kLeast)) {
    --decimal.exponent;
  }
  decimal.digits = rounded(digits());
  if (decimal.digits == 10 * kLeast) {
    decimal.digits = kLeast;
    ++decimal.exponent;
  }
  return decimal;
}

void drop_zeros(std::string& fraction) {
  while (fraction.ends_with('0')) {
    fraction.pop_back();
  }
}

std::string with_point(std::string_view whole, std::string fraction) {
  drop_zeros(fraction);
  return fraction.empty() ? std::string(whole) : cat(whole, ".", fraction);
}

std::string text_of(const Decimal& decimal) {
  const std::string digits = cat(decimal.digits);
  const int exponent = decimal.exponent;
  if (exponent < -4 || exponent >= kDigits) {
    const int size = exponent < 0 ? -exponent : exponent;
    return cat(with_point(digits.substr(0, 1), digits.substr(1)), exponent < 0 ? "e-" : "e+",
               size < 10 ? "0" : "", size);
  }
  if (exponent < 0) {
    return with_point("0", std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits);
  }
  const auto point = static_cast<std::size_t>(exponent) + 1;
  return with_point(digits.substr(0, point), digits.substr(point));
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    ++count;
  }
  return count;
}

// The digits of a number before its exponent: as many as a word holds, and what they are to be
// multiplied with.
struct Mantissa {
  std::uint64_t digits = 0;
  int exponent = 0;

  void add(std::string_view text, bool is_fraction) {
    for (const char c : text) {
      const bool fits = digits < std::numeric_limits<std::uint64_t>::max() / 10 - 1;
      if (fits) {
        digits = 10 * digits + static_cast<std::uint64_t>(c - '0');
      }
      exponent += (fits ? 0 : 1) - (is_fraction ? 1 : 0);
    }
  }
};

// "e-3"; nullopt when it is none.
std::optional<int> exponent_of(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  if (text[0] != 'e' && text[0] != 'E') {
    return std::nullopt;
  }
  text.remove_prefix(1);
  const auto exponent = base::parse_i64(text.starts_with('+') ? text.substr(1) : text);
  if (!exponent || *exponent < -kPowersMax || *exponent > kPowersMax) {
    return std::nullopt;
  }
  return static_cast<int>(*exponent);
}

}  // namespace

std::string real_text(double value) {
  const std::string_view sign = is_negative(value) ? "-" : "";
  if (is_nan(value)) {
    return cat(sign, "nan");
  }
  if (is_infinite(value)) {
    return cat(sign, "inf");
  }
  if (value == 0) {
    return cat(sign, "0");
  }
  return cat(sign, text_of(decimal_of(value < 0 ? -value : value)));
}

std::optional<double> parse_real(std::string_view text) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative || text.starts_with('+') ? 1 : 0);
  Mantissa mantissa;
  std::size_t count = count_digits(text);
  mantissa.add(text.substr(0, count), false);
  text.remove_prefix(count);
  if (text.starts_with('.')) {
    const std::size_t behind = count_digits(text.substr(1));
    mantissa.add(text.substr(1, behind), true);
    text.remove_prefix(1 + behind);
    count += behind;
  }
  const auto exponent = exponent_of(text);
  if (count == 0 || !exponent) {
    return std::nullopt;
  }
  const int power = mantissa.exponent + *exponent;
  if (power < -2 * kPowersMax || power > 2 * kPowersMax) {
    return mantissa.digits == 0 ? std::optional(0.0) : std::nullopt;
  }
  const auto value = static_cast<double>(scaled(static_cast<Wide>(mantissa.digits), power));
  if (is_infinite(value) || (value == 0 && mantissa.digits != 0)) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

double real_remainder(double dividend, double divisor) {
  if (is_nan(dividend) || is_nan(divisor) || is_infinite(dividend) || divisor == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (is_infinite(divisor)) {
    return dividend;
  }
  // As by hand, in twos: each step is exact.
  const Wide by = divisor < 0 ? -static_cast<Wide>(divisor) : divisor;
  Wide rest = dividend < 0 ? -static_cast<Wide>(dividend) : dividend;
  Wide step = by;
  while (step <= rest) {
    step *= 2;
  }
  while (step > by) {
    step /= 2;
    rest -= step <= rest ? step : 0;
  }
  const auto left = static_cast<double>(rest);
  return is_negative(dividend) ? -left : left;
}

}  // namespace superfluid::elements
