// SPDX-License-Identifier: Apache-2.0
// Callback: a function that is called later, with at most two words of its own: what a lambda is
// that captures a pointer or two.
//
//   Callback<int(std::string_view)> length = [this](std::string_view text) { return ...; };
//
// Unlike std::function it owns nothing, so it is copied like a number, never allocates, and costs a
// guest no code but the function itself. What it points to outlives it.
//
// Threads: a plain value.

#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace superfluid::base {

template <typename Signature>
class Callback;

template <typename Return, typename... Args>
class Callback<Return(Args...)> {
 public:
  struct Words {
    std::uintptr_t first = 0;
    std::uintptr_t second = 0;
  };
  using Function = Return (*)(Words, Args...);

  Callback() = default;
  Callback(std::nullptr_t) {}
  Callback(Function which, Words words) : function_(which), words_(words) {}
  template <typename F>
  requires(std::is_invocable_r_v<Return, const F&, Args...> && !std::same_as<F, Callback>)
      [[gnu::always_inline]] Callback(F callee)
      : function_(&call<F>) {
    static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= sizeof(Words),
                  "a callback captures at most two words, and owns nothing");
    std::memcpy(static_cast<void*>(&words_), &callee, sizeof callee);
  }

  Return operator()(Args... args) const { return function_(words_, std::forward<Args>(args)...); }
  explicit operator bool() const { return function_ != nullptr; }
  friend bool operator==(const Callback& callback, std::nullptr_t) {
    return callback.function_ == nullptr;
  }

  // As it is passed on in registers.
  [[gnu::always_inline]] Function function() const { return function_; }
  [[gnu::always_inline]] Words words() const { return words_; }

 private:
  template <typename F>
  static Return call(Words words, Args... args) {
    std::array<std::byte, sizeof(F)> bytes;
    std::memcpy(bytes.data(), &words, sizeof bytes);
    return std::bit_cast<F>(bytes)(std::forward<Args>(args)...);
  }

  Function function_ = nullptr;
  Words words_;
};

}  // namespace superfluid::base
