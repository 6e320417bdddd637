// SPDX-License-Identifier: Apache-2.0
#include "elements/probability.h"

#include <algorithm>

#include "base/text.h"
#include "elements/fraction_text.h"

namespace superfluid::elements {

std::string Probability::text() const { return binary_fraction_text(parts, kBits); }

std::string parse_argument(std::string_view text, Probability& value) {
  constexpr std::size_t kDigits = 9;
  constexpr std::uint64_t kUnit = 1'000'000'000;
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string decimals(text.substr(std::min(point + 1, text.size())));
  const bool has_digits = point != 0 || !decimals.empty();
  decimals.resize(kDigits, '0');
  const auto whole = base::parse_u64(point == 0 ? "0" : text.substr(0, point));
  const auto fraction = base::parse_u64(decimals);
  if (!has_digits || !whole || !fraction) {
    return base::cat("'", base::escape(text), "' is not a number from 0 to 1");
  }
  if (*whole > 1 || (*whole == 1 && *fraction != 0)) {
    return "sampling probability must be between 0 and 1";
  }
  value.parts = static_cast<std::uint32_t>(*whole * Probability::kCertain +
                                           (*fraction * Probability::kCertain + kUnit / 2) / kUnit);
  return {};
}

}  // namespace superfluid::elements
