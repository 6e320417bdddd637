// SPDX-License-Identifier: Apache-2.0
// Where a process holds a guest, a check() that fails in the guest ends the guest with a message
// that its user sees, as in a microVM; this is how the process hears of it. Hosted only.
//
// Threads: set once, before there are others.

#pragma once

#include <source_location>

namespace superfluid::base {

// Called before the process dies of it, on the stack where it failed; need not return.
using CheckWatch = void (*)(const char* what, const std::source_location& where);
void watch_failed_checks(CheckWatch now);

}  // namespace superfluid::base
