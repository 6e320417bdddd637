// SPDX-License-Identifier: Apache-2.0
// error_of(result): the code of the error, or nothing where there was none, so that a test which
// expects an error fails in good order when it gets a value.

#pragma once

#include <optional>
#include <ostream>

#include "base/result.h"

namespace superfluid::base {

inline void PrintTo(ErrorCode code, std::ostream* to) { *to << to_string(code); }

}  // namespace superfluid::base

namespace superfluid::testing {

template <typename T>
std::optional<base::ErrorCode> error_of(const base::Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code());
}

}  // namespace superfluid::testing
