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

std::string_view describe(Exit exit) {
  switch (exit) {
    case Exit::kDone: return "done";
    case Exit::kFailed: return "failed, or the answer is no";
    case Exit::kUsage: return "usage: the command line or the input is wrong";
    case Exit::kNotFound: return "not found";
    case Exit::kConflict: return "conflict: it exists already, or is in a state that forbids this";
    case Exit::kUnreachable: return "unreachable; safe to repeat";
    case Exit::kTimedOut: return "timed out; whether it was done is unknown";
    case Exit::kNotPermitted: return "not permitted";
    case Exit::kUnsupported: return "not supported on this host or by this build";
  }
  return "";
}

}  // namespace superfluid::cli
