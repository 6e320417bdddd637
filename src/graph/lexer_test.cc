// SPDX-License-Identifier: Apache-2.0
#include "graph/lexer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace superfluid::graph {
namespace {

std::string_view kind_name(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEnd: return "end";
    case TokenKind::kIdentifier: return "name";
    case TokenKind::kVariable: return "variable";
    case TokenKind::kElementClass:
    case TokenKind::kRequire:
    case TokenKind::kProvide:
    case TokenKind::kDefine: return "keyword";
    default: return "symbol";
  }
}

// All tokens as "line:column kind text", one a line.
std::string tokens(std::string_view text) {
  Diagnostics diagnostics;
  Lexer lexer("f", text, diagnostics);
  std::string all;
  for (;;) {
    const Token token = lexer.next();
    all += base::cat(token.at.line, ":", token.at.column, " ", kind_name(token.kind), " ",
                     token.text, "\n");
    if (token.is(TokenKind::kEnd)) {
      break;
    }
  }
  for (const Diagnostic& found : diagnostics.all()) {
    all += base::cat(diagnostics.where(found.at), ": ", found.message, "\n");
  }
  return all;
}

TEST(Lexer, WordsAndSymbolsHaveTheirPlaces) {
  EXPECT_EQ(tokens("a::B->[1]c;\n  x=>y||..."),
            "1:1 name a\n1:2 symbol ::\n1:4 name B\n1:5 symbol ->\n1:7 symbol [\n1:8 name 1\n"
            "1:9 symbol ]\n1:10 name c\n1:11 symbol ;\n2:3 name x\n2:4 symbol =>\n2:6 name y\n"
            "2:7 symbol ||\n2:9 symbol ...\n2:12 end \n");
}

TEST(Lexer, NamesTakeSlashesBetweenTheirParts) {
  EXPECT_EQ(tokens("a/b@2/c"), "1:1 name a/b@2/c\n1:8 end \n");
  EXPECT_EQ(tokens("a/ b"), "1:1 name a\n1:2 symbol /\n1:4 name b\n1:5 end \n");
  EXPECT_EQ(tokens("/a"), "1:1 symbol /\n1:2 name a\n1:3 end \n");
}

TEST(Lexer, KeywordsAreWholeWords) {
  EXPECT_EQ(tokens("elementclass define requires provide require"),
            "1:1 keyword elementclass\n1:14 keyword define\n1:21 name requires\n"
            "1:30 keyword provide\n1:38 keyword require\n1:45 end \n");
}

TEST(Lexer, VariablesLoseTheirDollar) {
  EXPECT_EQ(tokens("$a_1 $ $-"),
            "1:1 variable a_1\n1:6 symbol $\n1:8 symbol $\n1:9 symbol -\n1:10 end \n");
}

TEST(Lexer, SymbolsAreAsLongAsTheyCanBe) {
  EXPECT_EQ(tokens("- > -> : ::: . .."),
            "1:1 symbol -\n1:3 symbol >\n1:5 symbol ->\n1:8 symbol :\n1:10 symbol ::\n"
            "1:12 symbol :\n1:14 symbol .\n1:16 symbol .\n1:17 symbol .\n1:18 end \n");
}

TEST(Lexer, CommentsAreSpace) {
  EXPECT_EQ(tokens("a // b -> c\nd /* e\n f */ g /*"),
            "1:1 name a\n2:1 name d\n3:7 name g\n3:11 end \n");
}

TEST(Lexer, AllLineEndsCountOnce) {
  EXPECT_EQ(tokens("a\nb\rc\r\nd\n\ne"),
            "1:1 name a\n2:1 name b\n3:1 name c\n4:1 name d\n6:1 name e\n6:2 end \n");
}

TEST(Lexer, AnyByteIsAToken) {
  EXPECT_EQ(tokens(std::string_view("\0\xff\x80", 3)),
            base::cat("1:1 symbol ", std::string_view("\0", 1),
                      "\n1:2 symbol \xff\n1:3 symbol \x80\n1:4 end \n"));
  EXPECT_EQ(tokens(""), "1:1 end \n");
}

TEST(Lexer, DirectivesMoveTheLandmark) {
  EXPECT_EQ(tokens("a\n# 10 \"other\"\nb\n#line 20\nc\n# 1 \"\"\nd"),
            "1:1 name a\n10:1 name b\n20:1 name c\n1:1 name d\n1:2 end \n");
  EXPECT_EQ(tokens("#\na"), "2:1 name a\n2:2 end \nf:1:1: unknown preprocessor directive\n");
  EXPECT_EQ(tokens("# 99999999999\n"), "2:1 end \nf:1:1: unknown preprocessor directive\n");
  EXPECT_EQ(tokens("a # 5"), "1:1 name a\n1:3 symbol #\n1:5 name 5\n1:6 end \n");
}

TEST(Lexer, PeekingTakesNothing) {
  Diagnostics diagnostics;
  Lexer lexer("f", "a b c", diagnostics);
  EXPECT_EQ(lexer.peek(1).text, "b");
  EXPECT_EQ(lexer.peek().text, "a");
  EXPECT_EQ(lexer.next().text, "a");
  EXPECT_EQ(lexer.peek(1).text, "c");
  EXPECT_EQ(lexer.next().text, "b");
  EXPECT_EQ(lexer.next().text, "c");
  EXPECT_TRUE(lexer.next().is(TokenKind::kEnd));
  EXPECT_TRUE(lexer.next().is(TokenKind::kEnd));
}

// The configuration after the first '(', and the token behind it.
std::string config(std::string_view text) {
  Diagnostics diagnostics;
  Lexer lexer("f", text, diagnostics);
  while (!lexer.next().is('(')) {
  }
  std::string inside = lexer.read_config();
  const Token after = lexer.next();
  return base::cat("<", inside, "> ", after.at.line, ":", after.at.column, " ", after.text);
}

TEST(LexerConfig, EndsAtItsOwnParenthesis) {
  EXPECT_EQ(config("A(1, (2, (3)), 4) x"), "<1, (2, (3)), 4> 1:17 )");
  EXPECT_EQ(config("A() x"), "<> 1:3 )");
  EXPECT_EQ(config("A(1"), "<1> 1:4 ");
}

TEST(LexerConfig, DoesNotLookIntoQuotesAndComments) {
  EXPECT_EQ(config("A(\")\", '\\', /* ) */ \\<28 29>) x"),
            "<\")\", '\\', /* ) */ \\<28 29>> 1:29 )");
  EXPECT_EQ(config("A(\"\\\")\" // )\n)"), "<\"\\\")\" // )\n> 2:1 )");
  EXPECT_EQ(config("A(\")"), "<\")> 1:5 ");
}

TEST(LexerConfig, DirectivesAreNoPartOfIt) {
  EXPECT_EQ(config("A(1,\n# 50\n2)"), "<1,\n\n2> 50:2 )");
}

RC_GTEST_PROP(LexerProperty, EveryTokenIsAheadOfTheLastAndInsideTheText,
              (const std::string& text)) {
  Diagnostics diagnostics;
  Lexer lexer("f", text, diagnostics);
  const char* last = text.data();
  for (;;) {
    const Token token = lexer.next();
    RC_ASSERT(token.text.data() >= last);
    RC_ASSERT(token.text.data() + token.text.size() <= text.data() + text.size());
    if (token.is(TokenKind::kEnd)) {
      break;
    }
    RC_ASSERT(!token.text.empty());
    last = token.text.data() + token.text.size();
  }
}

}  // namespace
}  // namespace superfluid::graph
