// SPDX-License-Identifier: Apache-2.0
// The lexer of the Click language: text to tokens, each with its landmark.
//
// What stands in an element's parentheses is not tokens but text with its own rules
// (graph/words.h): after a '(' the parser asks for read_config(), which ends before the matching
// ')'.
//
// Invariants: every call of next() moves forward or returns kEnd; token texts are views into the
// source, which outlives the lexer. `# 12 "file"` lines move the landmark, as the C preprocessor's
// do.

#pragma once

#include <string>
#include <string_view>

#include "base/fixed_vector.h"
#include "graph/diagnostics.h"

namespace superfluid::graph {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdentifier,
  kVariable,     // $name; the text is the name alone
  kArrow,        // ->
  kDoubleArrow,  // =>
  kDoubleColon,  // ::
  kDoubleBar,    // ||
  kEllipsis,     // ...
  kElementClass,
  kRequire,
  kProvide,
  kDefine,
  kCharacter,  // any other single byte
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  Landmark at;

  bool is(TokenKind other) const { return kind == other; }
  bool is(char c) const { return kind == TokenKind::kCharacter && text[0] == c; }
};

class Lexer {
 public:
  Lexer(std::string_view file_name, std::string_view text, Diagnostics& diagnostics);

  Token next();
  const Token& peek(std::size_t ahead = 0);

  // The text up to the ')' that closes the '(' just taken; the ')' itself is the next token.
  // REQUIRES: the last call was next(), and it returned '('.
  std::string read_config();

 private:
  Landmark here() const;
  bool at_line_start() const;
  void advance_to(std::size_t at);
  void skip_blank();
  void read_line_directive();
  Token take(TokenKind kind, std::size_t length);
  Token scan();

  std::string_view text_;
  Diagnostics& diagnostics_;
  FileId file_;
  FileId original_file_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
  base::FixedVector<Token, 2> peeked_;
};

}  // namespace superfluid::graph
