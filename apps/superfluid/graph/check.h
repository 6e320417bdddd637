// SPDX-License-Identifier: Apache-2.0
// superfluid graph check, and superfluid graph flatten.

#pragma once

#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::graphs {

base::Status run_check(const cli::Invocation& invocation, cli::Output& output);
base::Status run_flatten(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::graphs
