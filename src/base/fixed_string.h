// SPDX-License-Identifier: Apache-2.0
// FixedString<N>: at most N bytes of text in place. For names with a limit (interfaces, instances,
// ports) that live in tables, shared pages and packets' annotations.
//
// Invariants: size() <= N; never allocates; make() refuses longer text instead of cutting it.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace superfluid::base {

template <std::size_t N>
class FixedString {
  static_assert(N <= 255, "the length is kept in one byte");

 public:
  constexpr FixedString() = default;

  static constexpr std::optional<FixedString> make(std::string_view text) {
    if (text.size() > N) {
      return std::nullopt;
    }
    FixedString made;
    for (std::size_t i = 0; i < text.size(); ++i) {
      made.bytes_[i] = text[i];
    }
    made.size_ = static_cast<unsigned char>(text.size());
    return made;
  }

  static constexpr std::size_t capacity() { return N; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::string_view view() const { return {bytes_.data(), size_}; }
  constexpr operator std::string_view() const { return view(); }

  friend constexpr bool operator==(const FixedString& a, const FixedString& b) {
    return a.view() == b.view();
  }
  friend constexpr auto operator<=>(const FixedString& a, const FixedString& b) {
    return a.view() <=> b.view();
  }

 private:
  std::array<char, N> bytes_{};
  unsigned char size_ = 0;
};

}  // namespace superfluid::base
