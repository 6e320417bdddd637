// SPDX-License-Identifier: Apache-2.0
// TextView: a text that a function is given, and looks at only while it runs. As std::string_view,
// but that the length of a literal is known where the literal stands, however the compiler is told
// to save space: of a guest, every second call is given a literal.
//
// Threads: a plain value.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace superfluid::base {

class TextView {
 public:
  [[gnu::always_inline]] constexpr TextView(const char* text)
      : data_(text), size_(__builtin_strlen(text)) {}
  [[gnu::always_inline]] constexpr TextView(std::string_view text)
      : data_(text.data()), size_(text.size()) {}
  [[gnu::always_inline]] TextView(const std::string& text)
      : data_(text.data()), size_(text.size()) {}

  [[gnu::always_inline]] constexpr operator std::string_view() const { return {data_, size_}; }

 private:
  const char* data_;
  std::size_t size_;
};

}  // namespace superfluid::base
