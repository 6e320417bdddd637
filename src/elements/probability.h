// SPDX-License-Identifier: Apache-2.0
// Probability: an argument from 0 to 1, kept in parts of 65536 and drawn from the router's random
// numbers.

#pragma once

#include <string>
#include <string_view>

#include "base/rng.h"

namespace superfluid::elements {

struct Probability {
  static constexpr unsigned kBits = 16;
  static constexpr std::uint32_t kCertain = 1 << kBits;

  std::uint32_t parts = kCertain;

  bool happens(base::Rng& rng) const { return rng.below(kCertain) < parts; }
  Probability opposite() const { return {kCertain - parts}; }
  // As few decimals as tell it from its neighbours.
  std::string text() const;
};

// What is wrong with the text, empty when nothing is.
std::string parse_argument(std::string_view text, Probability& value);

}  // namespace superfluid::elements
