// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace superfluid::base {
namespace {

constexpr std::size_t kNearestWordBytesMax = 64;
constexpr std::size_t kDigitsMax = 20;  // of the largest number
constexpr std::uint64_t kHexDigitsMax = 16;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void append_number(std::string& text, std::uint64_t number, unsigned radix = 10,
                   std::uint64_t digits_min = 1) {
  std::array<char, kDigitsMax> digits;
  char* const end = digits.data() + digits.size();
  char* first = end;
  do {
    *--first = "0123456789abcdef"[number % radix];
    number /= radix;
  } while (number != 0 || static_cast<std::uint64_t>(end - first) < digits_min);
  text.append(first, end);
}

// Optimal string alignment distance: edits plus swaps of neighbours, over three rolling rows.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kNearestWordBytesMax + 1>;
  Row before{};
  Row previous{};
  Row current{};
  for (std::size_t j = 0; j <= b.size(); ++j) {
    previous[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = to_lower(a[i - 1]);
      const char y = to_lower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)});
      if (i > 1 && j > 1 && x == to_lower(b[j - 2]) && y == to_lower(a[i - 2])) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before = previous;
    previous = current;
  }
  return previous[b.size()];
}

}  // namespace

void Piece::append_to(std::string& text) const {
  const std::uint64_t lower = tag_ & kLower;
  switch (tag_ & ~kLower) {
    case 0: text.append(value_.text, lower); return;
    case kChar: text += static_cast<char>(value_.number); return;
    case kHex: append_number(text, value_.number, 16, std::min(lower, kHexDigitsMax)); return;
    case kUnsigned: append_number(text, value_.number); return;
    default: break;
  }
  const bool negative = static_cast<std::int64_t>(value_.number) < 0;
  text.append(negative ? "-" : "");
  append_number(text, negative ? 0 - value_.number : value_.number);
}

std::string join_pieces(std::initializer_list<Piece> pieces) {
  std::string joined;
  for (const Piece& piece : pieces) {
    piece.append_to(joined);
  }
  return joined;
}

std::optional<std::uint64_t> parse_u64(std::string_view text, bool allow_hex) {
  int radix = 10;
  if (allow_hex && (text.starts_with("0x") || text.starts_with("0X"))) {
    text.remove_prefix(2);
    radix = 16;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> parse_i64(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::optional<std::string_view> nearest_word(std::string_view typed,
                                             std::span<const std::string_view> known) {
  if (typed.empty() || typed.size() > kNearestWordBytesMax) {
    return std::nullopt;
  }
  std::size_t best_distance = (typed.size() + 2) / 3;
  std::optional<std::string_view> best;
  for (const std::string_view word : known) {
    if (word.size() > kNearestWordBytesMax) {
      continue;
    }
    const std::size_t distance = edit_distance(typed, word);
    if (distance == std::max(typed.size(), word.size())) {
      continue;  // nothing in common
    }
    if (distance < best_distance || (!best && distance == best_distance)) {
      best_distance = distance;
      best = word;
    }
  }
  return best;
}

std::string escape(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      shown += "\\\\";
    } else if (c >= ' ' && c <= '~') {
      shown += c;
    } else {
      shown += cat("\\x", Hex{static_cast<std::uint8_t>(c), 2});
    }
  }
  return shown;
}

}  // namespace superfluid::base
