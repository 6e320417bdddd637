// SPDX-License-Identifier: Apache-2.0
// Floating point as decimal text and back, where no C library does it.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace superfluid::elements {

// Twelve significant digits, as printf's %.12g: "0.5", "1e+20", "-inf", "nan".
std::string real_text(double value);

// Digits with a fraction and a power of ten, both optional: "-2", ".5", "1.5e-3". nullopt for
// anything else, and for what no double holds.
std::optional<double> parse_real(std::string_view text);

// As fmod(): what is left of `dividend` when `divisor` is taken from it as often as it fits, with
// the dividend's sign.
double real_remainder(double dividend, double divisor);

}  // namespace superfluid::elements
