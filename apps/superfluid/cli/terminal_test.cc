// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/terminal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace superfluid::cli {
namespace {

TEST(Wrap, BreaksBetweenWordsAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three four", 0, 2, 10), "one two\n  three\n  four");
  EXPECT_EQ(wrap("one two", 6, 6, 10), "one\n      two");
  EXPECT_EQ(wrap("longer-than-the-line x", 0, 1, 8), "longer-than-the-line\n x");
  EXPECT_EQ(wrap("one two three", 0, 2, 0), "one two three");
  EXPECT_EQ(wrap("", 3, 2, 10), "");
}

TEST(Styled, AddsNothingWhereColourIsOff) {
  EXPECT_EQ(Terminal{}.styled(Style::kBad, "x"), "x");
  EXPECT_EQ((Terminal{.columns = 80, .colour = true}.styled(Style::kBad, "x")), "\033[31mx\033[0m");
}

TEST(Printable, KeepsTextAndShowsTheRest) {
  EXPECT_EQ(printable("a\\b 'ü' 漢 😀"), "a\\b 'ü' 漢 😀");
  EXPECT_EQ(printable("\033[2J\n\x7f"), "\\x1b[2J\\x0a\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");                    // CSI, one of the C1 controls
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
  EXPECT_EQ(printable("x\xe6\xbc"), "x\\xe6\\xbc");                  // cut
}

RC_GTEST_PROP(Printable, IsItsOwnFixedPointAndHoldsNoControls, (const std::string& text)) {
  const std::string shown = printable(text);
  RC_ASSERT(printable(shown) == shown);
  for (const char c : shown) {
    RC_ASSERT(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
  }
}

}  // namespace
}  // namespace superfluid::cli
