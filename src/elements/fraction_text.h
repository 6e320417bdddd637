// SPDX-License-Identifier: Apache-2.0
// Fixed-point numbers as decimal text, where there is no floating point: "0.333", "12".

#pragma once

#include <cstdint>
#include <string>

namespace superfluid::elements {

// value / 10^digits, without zeros at the end; digits <= 9.
std::string decimal_text(std::uint64_t value, unsigned digits);

// value / 2^bits in as few decimals as tell it from its neighbours; bits <= 20.
std::string binary_fraction_text(std::uint64_t value, unsigned bits);

}  // namespace superfluid::elements
