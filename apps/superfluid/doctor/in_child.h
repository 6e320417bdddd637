// SPDX-License-Identifier: Apache-2.0
// in_child(): a trial in a process of its own. It may hang, crash or leave things behind: the child
// is killed at the deadline, and all that it made goes with it.
//
// The answer comes back through a pipe as the bytes of a trivially copyable type.
//
// Threads: only from a process with one thread, since the child goes on running C++ after fork().

#pragma once

#include <expected>
#include <functional>
#include <type_traits>

#include "base/bytes.h"
#include "base/units.h"
#include "superfluid/doctor/host.h"

namespace superfluid::doctor {

// Runs `trial` in a child, where it fills `answer`; then `answer` holds the same here. Returns 0,
// kTookTooLong, kDied or the errno of fork or pipe; `answer` means something only after 0.
Errno run_in_child(base::ByteSpan answer, base::Duration limit, const std::function<void()>& trial);

template <typename T>
requires std::is_trivially_copyable_v<T> std::expected<T, Errno> in_child(
    base::Duration limit, const std::function<T()>& trial) {
  T answer{};
  const base::ByteSpan bytes(reinterpret_cast<std::uint8_t*>(&answer), sizeof answer);
  if (const Errno error = run_in_child(bytes, limit, [&] { answer = trial(); }); error != 0) {
    return std::unexpected(error);
  }
  return answer;
}

}  // namespace superfluid::doctor
