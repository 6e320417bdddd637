// SPDX-License-Identifier: Apache-2.0
#include "elements/byte_pattern.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace superfluid::elements {

using base::cat;
using Kind = Expression::Kind;

namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF?";

struct Nibble {
  unsigned value;
  unsigned mask;
};

Nibble nibble_of(char c) {
  if (c == '?') {
    return {0, 0};
  }
  const std::size_t digit = kHexDigits.find(c);
  return {static_cast<unsigned>(digit < 16 ? digit : digit - 6), 0xf};
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  std::expected<Expression, std::string> whole();

 private:
  std::string_view take(std::string_view of) {
    const std::size_t end = std::min(text_.find_first_not_of(of, at_), text_.size());
    const std::string_view taken = text_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }
  bool take(char c) {
    const bool taken = at_ < text_.size() && text_[at_] == c;
    at_ += taken ? 1 : 0;
    return taken;
  }

  std::expected<Expression, std::string> clause();

  std::string_view text_;
  std::size_t at_ = 0;
};

// What is wrong with a clause's digits, empty when nothing is.
std::string check_digits(std::string_view value, const std::optional<std::string_view>& mask) {
  if (value.size() < 2) {
    return "value has less than 2 hex digits";
  }
  if (value.size() % 2 != 0) {
    return "value has odd number of hex digits";
  }
  if (value.size() > 2 * kPatternBytesMax) {
    return cat("value has more than ", 2 * kPatternBytesMax, " hex digits");
  }
  if (mask && mask->size() != value.size()) {
    return cat("mask has too ", mask->size() > value.size() ? "many" : "few", " hex digits");
  }
  return {};
}

// Tests of the bytes that matter, at most four at a time, none across a multiple of four.
Expression compare_bytes(std::uint32_t offset, std::string_view value,
                         const std::optional<std::string_view>& mask) {
  std::vector<Expression> tests;
  HeaderTest test;
  for (std::size_t i = 0; i < value.size(); ++offset) {
    if (test.width == 0) {
      test.offset = offset;
    }
    for (const std::size_t end = i + 2; i < end; ++i) {
      const Nibble seen = nibble_of(value[i]);
      const Nibble counts = mask ? nibble_of((*mask)[i]) : Nibble{0xf, 0xf};
      const unsigned bits = seen.mask & counts.value & counts.mask;
      test.mask = test.mask << 4 | bits;
      test.value = test.value << 4 | (seen.value & bits);
    }
    ++test.width;
    if (offset % 4 == 3 || i == value.size()) {
      tests.push_back(Expression::compare(test));
      test = {};
    }
  }
  return Expression::combine(Kind::kAll, std::move(tests));
}

std::expected<Expression, std::string> PatternParser::clause() {
  const std::string_view digits = take(kDigits);
  if (digits.empty()) {
    return std::unexpected("expected a digit");
  }
  const auto offset = base::parse_u64(digits);
  if (!offset || *offset > kPatternOffsetMax) {
    return std::unexpected(cat("offset out of range, maximum ", kPatternOffsetMax));
  }
  if (!take('/')) {
    return std::unexpected("expected '/'");
  }
  const std::string_view value = take(kHexDigits);
  std::optional<std::string_view> mask;
  if (take('%')) {
    mask = take(kHexDigits);
  }
  if (std::string wrong = check_digits(value, mask); !wrong.empty()) {
    return std::unexpected(std::move(wrong));
  }
  return compare_bytes(static_cast<std::uint32_t>(*offset), value, mask);
}

std::expected<Expression, std::string> PatternParser::whole() {
  std::vector<Expression> clauses;
  for (take(kSpace); at_ < text_.size(); take(kSpace)) {
    const bool negated = take('!');
    take(kSpace);
    auto next = clause();
    if (!next) {
      return next;
    }
    clauses.push_back(negated ? Expression::negation(std::move(*next)) : std::move(*next));
  }
  return Expression::combine(Kind::kAll, std::move(clauses));
}

}  // namespace

std::expected<Expression, std::string> parse_byte_pattern(std::string_view text) {
  return text == "-" ? Expression::constant(true) : PatternParser(text).whole();
}

}  // namespace superfluid::elements
