// SPDX-License-Identifier: Apache-2.0
// The patterns of Classifier: `12/0800 23/06%ff !30/00?f`. Its manual (elements/classifier.h) says
// what they mean.

#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "elements/expression.h"

namespace superfluid::elements {

inline constexpr std::uint32_t kPatternOffsetMax = 0xffff;
inline constexpr std::size_t kPatternBytesMax = 1024;  // of one clause

// The pattern, or what is wrong with it.
std::expected<Expression, std::string> parse_byte_pattern(std::string_view text);

}  // namespace superfluid::elements
