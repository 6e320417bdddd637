// SPDX-License-Identifier: Apache-2.0
// Patterns of IPFilter and Classifier, one a line, up to a zero byte; what follows are the bytes of
// a packet. Whatever parses must mean the same to the matcher and to the trees.
#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "elements/byte_pattern.h"
#include "elements/ip_expression.h"
#include "elements/rule_matcher.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace base = superfluid::base;
  namespace elements = superfluid::elements;
  const base::ByteView input(data, size);
  std::string_view text = base::text_of(input);
  text = text.substr(0, text.find('\0'));
  const base::ByteView packet = input.subspan(text.size());

  std::vector<elements::Expression> rules;
  while (!text.empty() && rules.size() < 40) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    elements::Remarks remarks;
    if (auto rule = elements::parse_ip_expression(elements::split_expression(line), remarks)) {
      rules.push_back(std::move(*rule));
    }
    if (auto rule = elements::parse_byte_pattern(line)) {
      rules.push_back(std::move(*rule));
    }
  }
  elements::HeaderBytes bytes;
  for (std::size_t i = 0; i < elements::kHeaderBases; ++i) {
    const base::ByteView from = packet.subspan(std::min(packet.size(), 20 * i));
    bytes.at[i] = from.data();
    bytes.length[i] = static_cast<std::uint32_t>(from.size());
  }
  std::uint32_t expected = elements::RuleMatcher::kNone;
  for (std::size_t i = rules.size(); i-- > 0;) {
    expected = elements::evaluate(rules[i], bytes) ? static_cast<std::uint32_t>(i) : expected;
  }
  std::uint32_t first = 0;
  elements::RuleMatcher(std::move(rules)).match({&bytes, 1}, &first);
  base::check(first == expected, "the matcher finds what the trees say");
  return 0;
}
