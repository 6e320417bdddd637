// SPDX-License-Identifier: Apache-2.0
// Fixed-point numbers as decimal text, where there is no floating point: "0.333", "12".

#pragma once

#include <cstdint>
#include <string>

#include "base/units.h"

namespace superfluid::elements {

// value / 10^digits, without zeros at the end; digits <= 9.
std::string decimal_text(std::uint64_t value, unsigned digits);

// value / 2^bits in as few decimals as tell it from its neighbours; bits <= 20.
std::string binary_fraction_text(std::uint64_t value, unsigned bits);

// Seconds since 1970 with six decimals, or nine where six are not exact: "1700000000.250000".
std::string timestamp_text(base::Duration time);

}  // namespace superfluid::elements
