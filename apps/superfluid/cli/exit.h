// SPDX-License-Identifier: Apache-2.0
// Exit: what the program answers to whoever started it. docs/cli.md prints this table for people.

#pragma once

#include "base/result.h"

namespace superfluid::cli {

enum class Exit : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kConflict = 4,
  kUnreachable = 5,
  kTimedOut = 6,
  kNotPermitted = 7,
  kUnsupported = 8,
};

Exit exit_for(base::ErrorCode code);

}  // namespace superfluid::cli
