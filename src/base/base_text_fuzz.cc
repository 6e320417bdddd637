// SPDX-License-Identifier: Apache-2.0
// The readers of text over the same bytes. For nearest_word the first line is what was typed, the
// others are the words that are known.

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"

namespace {

using namespace superfluid::base;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void try_numbers(std::string_view text) {
  if (const auto number = parse_u64(text)) {
    check(all_digits(text), "a number is digits alone");
    const std::string shown = cat(*number);
    check(text.ends_with(shown) && text.find_first_not_of('0') >= text.size() - shown.size(),
          "it is the number that was written");
  }
  if (const auto number = parse_i64(text)) {
    check(all_digits(text.substr(text.starts_with('-') ? 1 : 0)), "a sign, then digits alone");
    check(parse_i64(cat(*number)) == number, "what was printed reads back");
  }
  if (const auto number = parse_u64(text, true)) {
    check(parse_u64(cat("0x", Hex{*number}), true) == number, "hexadecimal reads back");
  }
}

void try_shapes(std::string_view text) {
  const std::string_view trimmed = trim(text);
  check(trim(trimmed) == trimmed && text.contains(trimmed), "trim takes from the ends, once");
  const std::string shown = escape(text);
  check(shown.size() <= 4 * text.size(), "escaping is bounded");
  check(std::ranges::all_of(shown, [](char c) { return c >= ' ' && c <= '~'; }),
        "escaped text is printable");
  check(equal_ignoring_case(text, text), "text equals itself");
}

void try_words(std::string_view text) {
  constexpr std::size_t kWordsMax = 16;
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  const std::string_view typed = text.substr(0, line_end);
  text.remove_prefix(std::min(line_end + 1, text.size()));
  std::vector<std::string_view> known;
  while (!text.empty() && known.size() < kWordsMax) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    known.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto nearest = nearest_word(typed, known);
  if (nearest) {
    check(std::ranges::find(known, *nearest) != known.end(), "the nearest word is a known one");
    const std::size_t allowed = (typed.size() + 2) / 3;
    check(nearest->size() <= typed.size() + allowed && typed.size() <= nearest->size() + allowed,
          "it is near in length");
  } else if (!typed.empty() && typed.size() <= 64) {
    check(std::ranges::find(known, typed) == known.end(), "a known word is near itself");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of({data, size});
  try_numbers(text);
  try_shapes(text);
  try_words(text);
  return 0;
}
