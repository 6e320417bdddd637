// SPDX-License-Identifier: Apache-2.0
// superfluid graph show, and superfluid graph explain.

#pragma once

#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::graphs {

base::Status run_show(const cli::Invocation& invocation, cli::Output& output);
base::Status run_explain(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::graphs
