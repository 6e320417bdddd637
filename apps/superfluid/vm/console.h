// SPDX-License-Identifier: Apache-2.0
// The handler of superfluid vm console: a function's log as it grows, and its handlers by typed
// lines.
//
//   read HANDLER [ARGUMENT]     write HANDLER [VALUE]     help     quit

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::vm {

struct ConsoleLine {
  enum class Verb : unsigned char { kNothing, kRead, kWrite, kHelp, kQuit };
  Verb verb = Verb::kNothing;
  std::string handler = {};
  std::string text = {};  // all that follows, as it was typed
};
// kInvalid, with what can be typed.
base::Result<ConsoleLine> parse_console_line(std::string_view line);

base::Status run_console(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::vm
