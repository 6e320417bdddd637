// SPDX-License-Identifier: Apache-2.0
// Text without a library behind it: building messages, reading numbers strictly, finding the word
// that was meant.
//
// cat() serves where fmt cannot go (behind the wall). Numbers are read whole or not at all: no
// leading spaces, no trailing junk, no silent overflow, no octal.

#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace superfluid::base {

// A number to be shown in hexadecimal, with at least `width` (of 16) digits and no prefix.
struct Hex {
  std::uint64_t number;
  unsigned width = 1;
};

// One piece of a message. Holds digits inline, so it lives only inside the expression that made it.
class Piece {
 public:
  Piece(std::string_view text) : text_(text) {}
  Piece(const char* text) : text_(text) {}
  Piece(const std::string& text) : text_(text) {}
  Piece(char c) : digits_{c}, text_(digits_.data(), 1) {}
  Piece(bool) = delete;  // true is neither 1 nor "true" until the caller says which
  Piece(Hex hex);
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Piece(T number) {
    const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
    text_ = {digits_.data(), static_cast<std::size_t>(end - digits_.data())};
  }

  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  std::string_view text() const { return text_; }

 private:
  std::array<char, 24> digits_{};
  std::string_view text_;
};

std::string join_pieces(std::initializer_list<Piece> pieces);

// cat("port ", 7, " of ", name)
template <typename... Args>
std::string cat(const Args&... args) {
  return join_pieces({Piece(args)...});
}

// The whole of text as a number in base 10 (or 16 after 0x when `allow_hex`); nullopt otherwise.
std::optional<std::uint64_t> parse_u64(std::string_view text, bool allow_hex = false);
std::optional<std::int64_t> parse_i64(std::string_view text);

std::string_view trim(std::string_view text);

// Case-insensitive for ASCII; other bytes compare as they are.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// The word of `known` that `typed` most likely meant, ignoring case: fewest edits (insert, delete,
// replace, swap neighbours), the first of equals. A near word is at most a third of the typed
// length (rounded up) of edits away, and has something in common; nullopt when none is near.
// Words over 64 bytes are far.
std::optional<std::string_view> nearest_word(std::string_view typed,
                                             std::span<const std::string_view> known);

// Bytes that are not printable ASCII as \xNN, and \ as \\: hostile text is shown, not obeyed.
std::string escape(std::string_view text);

}  // namespace superfluid::base
