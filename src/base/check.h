// SPDX-License-Identifier: Apache-2.0
// check(): a programmer's error dies at once, in every build.
//
// A wrong input or a wrong environment is not a programmer's error: those are returned as values
// (base/result.h). The condition is always evaluated; the cost is one predicted branch. What
// happens at a failure is the world's business: the hosted definition of check_failed()
// (check_hosted.cc) prints one line and aborts, the guest's raises its PANIC exit with the same
// line.

#pragma once

#include <source_location>

namespace superfluid::base {

[[noreturn]] void check_failed(const char* what, const std::source_location& where);

[[gnu::always_inline]] constexpr void check(
    bool holds, const char* what,
    const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]] {
    check_failed(what, where);
  }
}

}  // namespace superfluid::base
