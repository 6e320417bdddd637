// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace superfluid::base {
namespace {

using Words = std::vector<std::string_view>;

static_assert(!std::is_constructible_v<Piece, bool>);

TEST(Cat, JoinsPiecesOfEveryKind) {
  EXPECT_EQ(cat(), "");
  EXPECT_EQ(cat("port ", 7, " of ", std::string("a"), '/', std::string_view("b")), "port 7 of a/b");
  EXPECT_EQ(cat(std::uint8_t{200}, ' ', static_cast<signed char>(-3)), "200 -3");
  EXPECT_EQ(cat(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(cat(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(cat(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(Cat, ShowsHexadecimal) {
  EXPECT_EQ(cat(Hex{0}), "0");
  EXPECT_EQ(cat(Hex{0, 0}), "0");
  EXPECT_EQ(cat(Hex{0xbeef, 2}), "beef");
  EXPECT_EQ(cat(Hex{0xa, 4}), "000a");
  EXPECT_EQ(cat(Hex{~0ULL, 99}), "ffffffffffffffff");
  EXPECT_EQ(cat(Hex{1, 99}), "0000000000000001");
}

TEST(ParseU64, ReadsAWholeNumber) {
  EXPECT_EQ(parse_u64("0"), 0U);
  EXPECT_EQ(parse_u64("007"), 7U);
  EXPECT_EQ(parse_u64("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_u64(std::string(1000, '0') + "1"), 1U);
  EXPECT_EQ(parse_u64("0x1F", true), 31U);
  EXPECT_EQ(parse_u64("0Xff", true), 255U);
  EXPECT_EQ(parse_u64("10", true), 10U);
}

TEST(ParseU64, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", " 1", "1 ", "+1", "-1", "-0", "1a", "0x1", "1.0", "1e3", "1'000", "1_000",
        "18446744073709551616", "99999999999999999999999999"}) {
    EXPECT_EQ(parse_u64(text), std::nullopt) << text;
  }
  for (const std::string_view text :
       {"0x", "0x-1", "0x+1", "0x 1", "0x0x1", "x1", "0xg", "0x10000000000000000", "-0x1"}) {
    EXPECT_EQ(parse_u64(text, true), std::nullopt) << text;
  }
  EXPECT_EQ(parse_u64(std::string_view("1\0", 2)), std::nullopt);
  EXPECT_EQ(parse_u64(std::string_view()), std::nullopt);
}

TEST(ParseI64, ReadsBothSignsToTheirEnds) {
  EXPECT_EQ(parse_i64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_i64("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const std::string_view text :
       {"", "-", "--1", "+1", " -1", "- 1", "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(parse_i64(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(ParseU64, ReadsWhatWasPrinted, (std::uint64_t number, std::int64_t with_sign)) {
  RC_ASSERT(parse_u64(cat(number)) == number);
  RC_ASSERT(parse_u64(cat("0x", Hex{number}), true) == number);
  RC_ASSERT(parse_i64(cat(with_sign)) == with_sign);
}

TEST(Trim, TakesSpaceFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n\v\fa b \n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(std::string_view("\0a", 2)).size(), 2U);
}

TEST(EqualIgnoringCase, FoldsAsciiAlone) {
  EXPECT_TRUE(equal_ignoring_case("Content-Length", "content-lengtH"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
  EXPECT_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}

TEST(NearestWord, FindsWhatWasMeant) {
  const Words verbs{"run", "ps", "show", "rm", "logs", "console"};
  EXPECT_EQ(nearest_word("shwo", verbs), "show");
  EXPECT_EQ(nearest_word("RUN", verbs), "run");
  EXPECT_EQ(nearest_word("consle", verbs), "console");
  EXPECT_EQ(nearest_word("log", verbs), "logs");
  EXPECT_EQ(nearest_word("migrate", verbs), std::nullopt);
  EXPECT_EQ(nearest_word("", verbs), std::nullopt);
  EXPECT_EQ(nearest_word("run", {}), std::nullopt);
}

TEST(NearestWord, AmongEqualsTheFirst) {
  EXPECT_EQ(nearest_word("rmn", Words{"run", "rm"}), "run");
  EXPECT_EQ(nearest_word("rmn", Words{"rm", "run"}), "rm");
}

TEST(NearestWord, NeedsSomethingInCommon) {
  EXPECT_EQ(nearest_word("x", Words{"p", ""}), std::nullopt);
  EXPECT_EQ(nearest_word("p", Words{"ps"}), "ps");
}

TEST(NearestWord, HasALimitOnLength) {
  const std::string longest(64, 'a');
  const std::string longer(65, 'a');
  EXPECT_EQ(nearest_word(longest, Words{longest}), longest);
  EXPECT_EQ(nearest_word(longest, Words{longer}), std::nullopt);
  EXPECT_EQ(nearest_word(longer, Words{longest}), std::nullopt);
}

// The definition, as slow as it reads.
std::size_t slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return a.size() + b.size();
  }
  const std::string_view a1 = a.substr(1);
  const std::string_view b1 = b.substr(1);
  std::size_t best =
      slow_distance(a1, b1) + (equal_ignoring_case(a.substr(0, 1), b.substr(0, 1)) ? 0U : 1U);
  best = std::min({best, slow_distance(a1, b) + 1, slow_distance(a, b1) + 1});
  if (a.size() > 1 && b.size() > 1 && equal_ignoring_case(a.substr(0, 1), b.substr(1, 1)) &&
      equal_ignoring_case(a.substr(1, 1), b.substr(0, 1))) {
    best = std::min(best, slow_distance(a.substr(2), b.substr(2)) + 1);
  }
  return best;
}

std::optional<std::string_view> slow_nearest(std::string_view typed, const Words& known) {
  std::optional<std::string_view> best;
  std::size_t fewest = (typed.size() + 2) / 3 + 1;
  for (const std::string_view word : known) {
    const std::size_t edits = slow_distance(typed, word);
    if (edits < fewest && edits < std::max(typed.size(), word.size())) {
      fewest = edits;
      best = word;
    }
  }
  return best;
}

rc::Gen<std::string> short_word() {
  const auto letters = rc::gen::container<std::string>(rc::gen::element('a', 'b', 'B', 'c'));
  return rc::gen::map(letters, [](std::string word) {
    word.resize(std::min<std::size_t>(word.size(), 6));
    return word;
  });
}

RC_GTEST_PROP(NearestWord, AgreesWithTheSlowDefinition, ()) {
  const std::string typed = *short_word();
  const auto kept = *rc::gen::container<std::vector<std::string>>(short_word());
  const Words known(kept.begin(), kept.end());
  RC_CLASSIFY(slow_nearest(typed, known).has_value(), "near");
  const auto found = nearest_word(typed, known);
  const auto expected = slow_nearest(typed, known);
  RC_ASSERT(found == expected);
  RC_ASSERT(!found || found->data() == expected->data());  // the same one of equals
}

TEST(Escape, ShowsHostileTextWithoutObeyingIt) {
  EXPECT_EQ(escape("plain 'text' ~"), "plain 'text' ~");
  EXPECT_EQ(escape("\x1b[2J\n\t\x7f"), "\\x1b[2J\\x0a\\x09\\x7f");
  EXPECT_EQ(escape("\\x41"), "\\\\x41");
  EXPECT_EQ(escape("\xc3\xa4"), "\\xc3\\xa4");
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
}

RC_GTEST_PROP(Escape, IsPrintableAndLosesNothing, (const std::string& text)) {
  const std::string shown = escape(text);
  RC_ASSERT(std::ranges::all_of(shown, [](char c) { return c >= ' ' && c <= '~'; }));
  std::string back;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] != '\\') {
      back += shown[i];
    } else if (shown[i + 1] == '\\') {
      back += shown[++i];
    } else {
      back += static_cast<char>(*parse_u64(cat("0x", shown.substr(i + 2, 2)), true));
      i += 3;
    }
  }
  RC_ASSERT(back == text);
}

}  // namespace
}  // namespace superfluid::base
