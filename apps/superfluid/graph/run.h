// SPDX-License-Identifier: Apache-2.0
// superfluid graph run.

#pragma once

#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::graphs {

base::Status run_run(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::graphs
