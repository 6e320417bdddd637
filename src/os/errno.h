// SPDX-License-Identifier: Apache-2.0
// What the kernel answered, as an Error: one table from errno to ErrorCode, so that "not permitted"
// means the same whether a file, a namespace or /dev/kvm said it.
//
//   if (fd < 0) return fail_errno("open /dev/kvm", errno);      // "open /dev/kvm: permission denied"
//
// `what` says what was being done; names inside it may be hostile, so it is escaped here, once.
// Threads: pure functions.

#pragma once

#include <string_view>

#include "base/result.h"

namespace superfluid::os {

base::ErrorCode code_of_errno(int number);

base::Error errno_error(std::string_view what, int number);

inline base::Failure fail_errno(std::string_view what, int number) {
  return base::pass(errno_error(what, number));
}

}  // namespace superfluid::os
