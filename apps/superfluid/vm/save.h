// SPDX-License-Identifier: Apache-2.0
// The handlers of superfluid vm save and restore.

#pragma once

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::vm {

base::Status run_save(const cli::Invocation& invocation, cli::Output& output);
base::Status run_restore(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::vm
