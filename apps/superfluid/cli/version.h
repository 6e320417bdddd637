// SPDX-License-Identifier: Apache-2.0
// superfluid version.

#pragma once

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::cli {

base::Status run_version(const Invocation& invocation, Output& output);

}  // namespace superfluid::cli
