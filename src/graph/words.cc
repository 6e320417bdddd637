// SPDX-License-Identifier: Apache-2.0
#include "graph/words.h"

#include <algorithm>

namespace superfluid::graph {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

char char_at(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

// One argument from `at` up to an unquoted comma (when `stop_at_comma`) or the end, without the
// space around it and with comments as space. Moves `at` to where it stopped.
std::string take_uncommented(std::string_view text, std::size_t& at, bool stop_at_comma) {
  std::string out;
  at = skip_space_and_comments(text, at);
  std::size_t left = at;   // what is not yet in out begins here
  std::size_t right = at;  // and its last visible character ends here
  bool comment_passed = false;
  while (at < text.size()) {
    const char c = text[at];
    if (is_space(c)) {
      ++at;
      continue;
    }
    if (comment_begins(text, at)) {
      at = skip_comment(text, at);
      comment_passed = true;
      continue;
    }
    if (c == ',' && stop_at_comma) {
      break;
    }
    if (comment_passed) {
      out += text.substr(left, right - left);
      out += ' ';
      left = at;
      comment_passed = false;
    }
    if (c == '\'') {
      at = skip_single_quoted(text, at);
    } else if (c == '"') {
      at = skip_double_quoted(text, at);
    } else if (c == '\\' && char_at(text, at + 1) == '<') {
      at = skip_backslash(text, at);
    } else {
      ++at;
    }
    right = at;
  }
  out += text.substr(left, right - left);
  return out;
}

// \<48 65 /* any */ 6c>: pairs of hexadecimal digits; everything else is passed over.
std::size_t append_hex_bytes(std::string_view text, std::size_t at, std::string& out) {
  int value = 0;
  int digits = 0;
  for (at += 2; at < text.size(); ++at) {
    if (text[at] == '>') {
      return at + 1;
    }
    if (comment_begins(text, at)) {
      at = skip_comment(text, at) - 1;
      continue;
    }
    const int digit = hex_value(text[at]);
    if (digit < 0) {
      continue;
    }
    value = value * 16 + digit;
    if (++digits == 2) {
      out += static_cast<char>(value);
      value = digits = 0;
    }
  }
  return text.size();
}

std::size_t append_octal(std::string_view text, std::size_t at, std::string& out) {
  unsigned value = 0;
  const std::size_t end = std::min(at + 4, text.size());
  for (++at; at < end && text[at] >= '0' && text[at] <= '7'; ++at) {
    value = value * 8 + static_cast<unsigned>(text[at] - '0');
  }
  out += static_cast<char>(value);
  return at;
}

std::size_t append_hex(std::string_view text, std::size_t at, std::string& out) {
  unsigned value = 0;
  for (at += 2; at < text.size() && hex_value(text[at]) >= 0; ++at) {
    value = value * 16 + static_cast<unsigned>(hex_value(text[at]));
  }
  out += static_cast<char>(value);
  return at;
}

// What the escape at `at` means goes to `out`; returns where it ends.
std::size_t append_escape(std::string_view text, std::size_t at, std::string& out) {
  if (at + 1 >= text.size()) {
    out += '\\';
    return text.size();
  }
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
  const char c = text[at + 1];
  if (c == '\n') {
    return at + 2;
  }
  if (c == '\r') {
    return at + (char_at(text, at + 2) == '\n' ? 3 : 2);
  }
  if (c >= '0' && c <= '7') {
    return append_octal(text, at, out);
  }
  if (c == 'x') {
    return append_hex(text, at, out);
  }
  if (c == '<') {
    return append_hex_bytes(text, at, out);
  }
  const std::size_t letter = kLetters.find(c);
  out += letter == kLetters.npos ? c : kMeanings[letter];
  return at + 2;
}

// Where the word at `at` ends: at unquoted space or a comment.
std::size_t skip_word(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    if (is_space(c) || comment_begins(text, at)) {
      return at;
    }
    if (c == '"') {
      at = skip_double_quoted(text, at);
    } else if (c == '\'') {
      at = skip_single_quoted(text, at);
    } else if (c == '\\' && char_at(text, at + 1) == '<') {
      at = skip_backslash(text, at);
    } else {
      ++at;
    }
  }
  return at;
}

}  // namespace

std::size_t skip_single_quoted(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\'', at + 1);
  return end == text.npos ? text.size() : end + 1;
}

std::size_t skip_double_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size();) {
    if (text[at] == '\\') {
      at = skip_backslash(text, at);
    } else if (text[at++] == '"') {
      return at;
    }
  }
  return text.size();
}

std::size_t skip_backslash(std::string_view text, std::size_t at) {
  const char next = char_at(text, at + 1);
  if (next == '<') {
    for (at += 2; at < text.size();) {
      if (text[at] == '>') {
        return at + 1;
      }
      at = comment_begins(text, at) ? skip_comment(text, at) : at + 1;
    }
    return text.size();
  }
  const std::size_t length = next == '\r' && char_at(text, at + 2) == '\n' ? 3 : 2;
  return std::min(at + length, text.size());
}

bool comment_begins(std::string_view text, std::size_t at) {
  const char next = char_at(text, at + 1);
  return char_at(text, at) == '/' && (next == '/' || next == '*');
}

std::size_t skip_comment(std::string_view text, std::size_t at) {
  if (text[at + 1] == '*') {
    const std::size_t end = text.find("*/", at + 2);
    return end == text.npos ? text.size() : end + 2;
  }
  const std::size_t end = text.find_first_of("\r\n", at + 2);
  if (end == text.npos) {
    return text.size();
  }
  return end + (text[end] == '\r' && char_at(text, end + 1) == '\n' ? 2 : 1);
}

std::size_t skip_space_and_comments(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (comment_begins(text, at)) {
      at = skip_comment(text, at);
    } else {
      break;
    }
  }
  return at;
}

std::string uncomment(std::string_view text) {
  std::size_t at = 0;
  return take_uncommented(text, at, false);
}

std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string argument = take_uncommented(text, at, true);
    if (!argument.empty() || at < text.size()) {
      arguments.push_back(std::move(argument));
    }
  }
  return arguments;
}

std::string join_arguments(const std::vector<std::string>& arguments) {
  std::string joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    joined += i == 0 ? "" : ", ";
    joined += arguments[i];
  }
  return joined;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = skip_space_and_comments(text, 0);
  while (at < text.size()) {
    const std::size_t end = skip_word(text, at);
    words.emplace_back(text.substr(at, end - at));
    at = skip_space_and_comments(text, end);
  }
  return words;
}

std::string shift_word(std::string& text) {
  const std::size_t begin = skip_space_and_comments(text, 0);
  const std::size_t end = skip_word(text, begin);
  std::string word = text.substr(begin, end - begin);
  text.erase(0, skip_space_and_comments(text, end));
  return word;
}

std::string unquote(std::string_view quoted) {
  const std::string text = uncomment(quoted);
  std::string out;
  out.reserve(text.size());
  char inside = '\0';  // the quote that is open
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool escape = c == '\\' && at + 1 < text.size() &&
                        (inside == '"' || (inside == '\0' && text[at + 1] == '<'));
    if (escape) {
      at = append_escape(text, at, out);
    } else if ((c == '"' || c == '\'') && (inside == '\0' || inside == c)) {
      inside = inside == '\0' ? c : '\0';
      ++at;
    } else {
      out += c;
      ++at;
    }
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '"' || c == '$') {
      out += '\\';
      out += c;
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < ' ' || byte > '~') {
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + ((byte >> 3) & 7));
      out += static_cast<char>('0' + (byte & 7));
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

bool is_identifier(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool inner_slash = c == '/' && i > 0 && i + 1 < text.size() && text[i + 1] != '/';
    if (!is_alphanumeric(c) && c != '_' && c != '@' && !inner_slash) {
      return false;
    }
  }
  return !text.empty();
}

}  // namespace superfluid::graph
