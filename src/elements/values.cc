// SPDX-License-Identifier: Apache-2.0
#include "elements/values.h"

#include <algorithm>

namespace superfluid::elements {

std::string show(const net::MacAddress& value) {
  std::string text(net::to_text(value).view());
  std::ranges::transform(text, text.begin(), [](char c) {
    return c == ':' ? '-' : c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace superfluid::elements
