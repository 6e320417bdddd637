// SPDX-License-Identifier: Apache-2.0
// superfluid click: takes the options of Click's driver, prints what it prints and exits as it
// exits, so that scripts written for it run. Also found when the program is called `click`.

#pragma once

#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::click {

base::Status run_click(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::click
