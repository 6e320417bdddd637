// SPDX-License-Identifier: Apache-2.0
// The handlers of superfluid vm's verbs for functions that are there.

#pragma once

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::vm {

// start, stop, kill, rm, pause and unpause: the verb is the command's last word.
base::Status run_act(const cli::Invocation& invocation, cli::Output& output);

base::Status run_logs(const cli::Invocation& invocation, cli::Output& output);
base::Status run_handlers(const cli::Invocation& invocation, cli::Output& output);
base::Status run_read(const cli::Invocation& invocation, cli::Output& output);
base::Status run_write(const cli::Invocation& invocation, cli::Output& output);
base::Status run_metrics(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::vm
