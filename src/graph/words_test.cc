// SPDX-License-Identifier: Apache-2.0
#include "graph/words.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace superfluid::graph {
namespace {

using Words = std::vector<std::string>;

TEST(Words, ArgumentsAreCutAtCommas) {
  EXPECT_EQ(split_arguments(""), Words{});
  EXPECT_EQ(split_arguments("a, b c ,d"), (Words{"a", "b c", "d"}));
  EXPECT_EQ(split_arguments("a,"), Words{"a"});
  EXPECT_EQ(split_arguments(",a"), (Words{"", "a"}));
  EXPECT_EQ(split_arguments(" , "), Words{""});
  EXPECT_EQ(split_arguments("\"a, b\", 'c, d', \\<61 2c>"),
            (Words{"\"a, b\"", "'c, d'", "\\<61 2c>"}));
}

TEST(Words, CommentsAreSpace) {
  EXPECT_EQ(uncomment("  a /* x */ b // c\n d "), "a b d");
  EXPECT_EQ(uncomment("a  b"), "a  b");
  EXPECT_EQ(uncomment("\"/* kept */\""), "\"/* kept */\"");
  EXPECT_EQ(split_arguments("a /* , */ b, c // , d\n"), (Words{"a b", "c"}));
  EXPECT_EQ(uncomment("a /* never closed"), "a");
}

TEST(Words, WordsKeepTheirQuotes) {
  EXPECT_EQ(split_words(" KEY  'a b' c\"d e\" "), (Words{"KEY", "'a b'", "c\"d e\""}));
  std::string text = " first second  third ";
  EXPECT_EQ(shift_word(text), "first");
  EXPECT_EQ(text, "second  third ");
}

TEST(Words, Unquotes) {
  EXPECT_EQ(unquote("plain \\n text"), "plain \\n text");
  EXPECT_EQ(unquote("\"a\\tb\\\\\\\"\\$\""), "a\tb\\\"$");
  EXPECT_EQ(unquote("'a\\t\"b\"'"), "a\\t\"b\"");
  EXPECT_EQ(unquote("\"\\101\\x42\\<43 4 /* half */ 4>\""), "ABCD");
  EXPECT_EQ(unquote("\\<48 69>!"), "Hi!");
  EXPECT_EQ(unquote("\"two\\\nlines\""), "twolines");
  EXPECT_EQ(unquote("\"open"), "open");
  EXPECT_EQ(unquote("\"ends in \\"), "ends in \\");
}

TEST(Words, QuotesOnOneLine) {
  EXPECT_EQ(quote(""), "\"\"");
  EXPECT_EQ(quote("a\"b\\c$d\n\t\r\x01\xff"), "\"a\\\"b\\\\c\\$d\\n\\t\\r\\001\\377\"");
}

TEST(Words, UnquoteUndoesQuote) {
  EXPECT_TRUE(rc::check([](const std::string& text) { RC_ASSERT(unquote(quote(text)) == text); }));
}

TEST(Words, ArgumentsOfQuotedWordsComeBackWhole) {
  EXPECT_TRUE(rc::check([](const Words& words) {
    Words quoted;
    for (const std::string& word : words) {
      quoted.push_back(quote(word));
    }
    RC_ASSERT(split_arguments(join_arguments(quoted)) == quoted);
  }));
}

TEST(Words, Identifiers) {
  for (const char* good : {"a", "A_1", "x@3", "fw/ip/check", "_"}) {
    EXPECT_TRUE(is_identifier(good)) << good;
  }
  for (const char* bad : {"", "/a", "a/", "a//b", "a b", "a-b", "$a"}) {
    EXPECT_FALSE(is_identifier(bad)) << bad;
  }
}

}  // namespace
}  // namespace superfluid::graph
