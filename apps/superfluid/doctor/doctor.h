// SPDX-License-Identifier: Apache-2.0
// superfluid doctor: looks at a host and says, line by line, what is well and what is not, why, and
// what to do. Changes nothing.

#pragma once

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"
#include "superfluid/doctor/finding.h"
#include "superfluid/doctor/host.h"

namespace superfluid::doctor {

// The handler: examines the machine that it runs on.
base::Status run_doctor(const cli::Invocation& invocation, cli::Output& output);

// The same for any host. The exit is 0 when no finding is a problem, else 1.
base::Status examine(const Host& host, cli::Output& output);

}  // namespace superfluid::doctor
