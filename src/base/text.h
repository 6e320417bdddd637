// SPDX-License-Identifier: Apache-2.0
// Text without a library behind it: building messages, reading numbers strictly, finding the word
// that was meant.
//
// cat() serves where fmt cannot go (behind the wall). Numbers are read whole or not at all: no
// leading spaces, no trailing junk, no silent overflow, no octal.

#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/text_view.h"

namespace superfluid::base {

// A number to be shown in hexadecimal, with at least `width` (of 16) digits and no prefix.
struct Hex {
  std::uint64_t number;
  unsigned width = 1;
};

// One piece of a message, whose digits are written where the message is put together. It lives only
// inside the expression that made it.
class Piece {
 public:
  [[gnu::always_inline]] constexpr Piece(TextView text)
      : value_(std::string_view(text).data()), tag_(std::string_view(text).size()) {}
  [[gnu::always_inline]] constexpr Piece(std::string_view text) : Piece(TextView(text)) {}
  [[gnu::always_inline]] constexpr Piece(const char* text) : Piece(TextView(text)) {}
  [[gnu::always_inline]] Piece(const std::string& text) : Piece(TextView(text)) {}
  constexpr Piece(char c) : value_(static_cast<std::uint64_t>(c)), tag_(kChar) {}
  Piece(bool) = delete;  // true is neither 1 nor "true" until the caller says which
  constexpr Piece(Hex hex) : value_(hex.number), tag_(kHex | hex.width) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) constexpr Piece(T number)
      : value_(static_cast<std::uint64_t>(number)),
        tag_(std::signed_integral<T> ? kSigned : kUnsigned) {}

  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  void append_to(std::string& text) const;

 private:
  // What a piece is stands in the upper half of its tag; text is what has nothing there. In the
  // lower half: the size of a text, the least digits of a hexadecimal number.
  static constexpr std::uint64_t kChar = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kHex = std::uint64_t{2} << 32;
  static constexpr std::uint64_t kSigned = std::uint64_t{3} << 32;
  static constexpr std::uint64_t kUnsigned = std::uint64_t{4} << 32;
  static constexpr std::uint64_t kLower = 0xffffffff;

  union Value {
    constexpr explicit Value(const char* first) : text(first) {}
    constexpr explicit Value(std::uint64_t bits) : number(bits) {}
    const char* text;
    std::uint64_t number;
  };
  Value value_;
  std::uint64_t tag_;
};

std::string join_pieces(std::initializer_list<Piece> pieces);

// cat("port ", 7, " of ", name). Never a function of its own: what it does is join_pieces().
template <typename... Args>
[[gnu::always_inline]] inline std::string cat(const Args&... args) {
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
