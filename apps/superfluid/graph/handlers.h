// SPDX-License-Identifier: Apache-2.0
// superfluid graph read and superfluid graph write: handlers of a graph that runs with --socket.

#pragma once

#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::graphs {

base::Status run_read(const cli::Invocation& invocation, cli::Output& output);
base::Status run_write(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::graphs
