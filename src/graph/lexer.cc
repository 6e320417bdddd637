// SPDX-License-Identifier: Apache-2.0
#include "graph/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "graph/words.h"

namespace superfluid::graph {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word_char(char c) { return is_name_char(c) || c == '@'; }

constexpr std::array<std::pair<std::string_view, TokenKind>, 4> kKeywords{{
    {"elementclass", TokenKind::kElementClass},
    {"require", TokenKind::kRequire},
    {"provide", TokenKind::kProvide},
    {"define", TokenKind::kDefine},
}};

constexpr std::array<std::pair<std::string_view, TokenKind>, 5> kSymbols{{
    {"->", TokenKind::kArrow},
    {"=>", TokenKind::kDoubleArrow},
    {"::", TokenKind::kDoubleColon},
    {"||", TokenKind::kDoubleBar},
    {"...", TokenKind::kEllipsis},
}};

}  // namespace

Lexer::Lexer(std::string_view file_name, std::string_view text, Diagnostics& diagnostics)
    : text_(text),
      diagnostics_(diagnostics),
      file_(diagnostics.files().intern(file_name)),
      original_file_(file_) {}

Landmark Lexer::here() const {
  return {file_, line_, static_cast<std::uint32_t>(at_ - line_begin_ + 1)};
}

bool Lexer::at_line_start() const {
  return at_ == 0 || text_[at_ - 1] == '\n' || text_[at_ - 1] == '\r';
}

// Moves to `at`, counting the lines passed; CR, LF and CR LF each end one.
void Lexer::advance_to(std::size_t at) {
  while (at_ < at) {
    const char c = text_[at_++];
    if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') {
      ++at_;
    }
    if (c == '\n' || c == '\r') {
      ++line_;
      line_begin_ = at_;
    }
  }
}

// `# 12`, `# 12 "file"`, `#line 12 "file"`: the next line is line 12 of that file.
void Lexer::read_line_directive() {
  const Landmark start = here();
  const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
  std::string words(text_.substr(at_ + 1, end - at_ - 1));
  advance_to(end);
  std::string first = shift_word(words);
  if (first == "line") {
    first = shift_word(words);
  }
  const auto line = base::parse_u64(first);
  if (!line || *line > 0xffffffffU) {
    diagnostics_.error(start, "unknown preprocessor directive");
    return;
  }
  line_ = static_cast<std::uint32_t>(*line) - 1;  // the end of this line is yet to be counted
  if (words.starts_with('"')) {
    const std::string name = unquote(words.substr(0, skip_double_quoted(words, 0)));
    file_ = name.empty() ? original_file_ : diagnostics_.files().intern(name);
  }
}

void Lexer::skip_blank() {
  while (at_ < text_.size()) {
    if (is_space(text_[at_])) {
      advance_to(at_ + 1);
    } else if (comment_begins(text_, at_)) {
      advance_to(skip_comment(text_, at_));
    } else if (text_[at_] == '#' && at_line_start()) {
      read_line_directive();
    } else {
      return;
    }
  }
}

Token Lexer::take(TokenKind kind, std::size_t length) {
  Token token{kind, text_.substr(at_, length), here()};
  at_ += length;
  return token;
}

Token Lexer::scan() {
  skip_blank();
  if (at_ >= text_.size()) {
    return take(TokenKind::kEnd, 0);
  }
  const std::string_view rest = text_.substr(at_);
  if (is_word_char(rest[0])) {
    std::size_t end = 1;
    while (end < rest.size() &&
           (is_word_char(rest[end]) ||
            (rest[end] == '/' && end + 1 < rest.size() && is_word_char(rest[end + 1])))) {
      ++end;
    }
    const auto keyword =
        std::ranges::find(kKeywords, rest.substr(0, end), &decltype(kKeywords)::value_type::first);
    return take(keyword == kKeywords.end() ? TokenKind::kIdentifier : keyword->second, end);
  }
  if (rest[0] == '$' && rest.size() > 1 && is_name_char(rest[1])) {
    std::size_t end = 1;
    while (end < rest.size() && is_name_char(rest[end])) {
      ++end;
    }
    Token token = take(TokenKind::kVariable, end);
    token.text.remove_prefix(1);
    return token;
  }
  for (const auto& [symbol, kind] : kSymbols) {
    if (rest.starts_with(symbol)) {
      return take(kind, symbol.size());
    }
  }
  return take(TokenKind::kCharacter, 1);
}

Token Lexer::next() {
  if (peeked_.empty()) {
    return scan();
  }
  const Token token = peeked_[0];
  if (peeked_.size() == 2) {
    peeked_[0] = peeked_[1];
  }
  peeked_.pop_back();
  return token;
}

const Token& Lexer::peek(std::size_t ahead) {
  while (peeked_.size() <= ahead) {
    peeked_.push_back(scan());
  }
  return peeked_[ahead];
}

std::string Lexer::read_config() {
  base::check(peeked_.empty(), "nothing is peeked at before a configuration is read");
  std::string config;
  std::size_t copied = at_;
  int depth = 1;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '#' && at_line_start()) {
      config += text_.substr(copied, at_ - copied);
      read_line_directive();
      copied = at_;
    } else if (comment_begins(text_, at_)) {
      advance_to(skip_comment(text_, at_));
    } else if (c == '\'') {
      advance_to(skip_single_quoted(text_, at_));
    } else if (c == '"') {
      advance_to(skip_double_quoted(text_, at_));
    } else if (c == '\\' && text_.substr(at_).starts_with("\\<")) {
      advance_to(skip_backslash(text_, at_));
    } else {
      depth += c == '(' ? 1 : (c == ')' ? -1 : 0);
      if (depth == 0) {
        break;
      }
      advance_to(at_ + 1);
    }
  }
  config += text_.substr(copied, at_ - copied);
  return config;
}

}  // namespace superfluid::graph
