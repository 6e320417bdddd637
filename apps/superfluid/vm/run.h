// SPDX-License-Identifier: Apache-2.0
// The handlers of superfluid vm run, ps and show.

#pragma once

#include "api/model.h"
#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::vm {

inline constexpr std::uint64_t kCountMax = 10000;

// What the command line asks for; the graph's text has been read.
base::Result<api::FunctionSpec> spec_of(const cli::Invocation& invocation);

base::Status run_run(const cli::Invocation& invocation, cli::Output& output);
base::Status run_ps(const cli::Invocation& invocation, cli::Output& output);
base::Status run_show(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::vm
