// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/exit.h"

namespace superfluid::cli {

Exit exit_for(base::ErrorCode code) {
  switch (code) {
    case base::ErrorCode::kFailed: return Exit::kFailed;
    case base::ErrorCode::kInvalid: return Exit::kUsage;
    case base::ErrorCode::kNotFound: return Exit::kNotFound;
    case base::ErrorCode::kConflict: return Exit::kConflict;
    case base::ErrorCode::kUnreachable: return Exit::kUnreachable;
    case base::ErrorCode::kTimedOut: return Exit::kTimedOut;
    case base::ErrorCode::kNotPermitted: return Exit::kNotPermitted;
    case base::ErrorCode::kUnsupported: return Exit::kUnsupported;
    case base::ErrorCode::kExhausted: return Exit::kFailed;
    case base::ErrorCode::kCorrupt: return Exit::kFailed;
  }
  return Exit::kFailed;
}

}  // namespace superfluid::cli
