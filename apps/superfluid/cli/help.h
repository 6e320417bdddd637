// SPDX-License-Identifier: Apache-2.0
// What the table says to people: help for one command, the listing of a group, the manual page.

#pragma once

#include <string>

#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::cli {

// "superfluid packet decode [OPTION...] INPUT..."
std::string usage_of(Table table, const Command& command);

// Help about the command that was understood, as text or as JSON.
base::Status show_help(const Invocation& invocation, Output& output);

// The handlers of `superfluid help` and `superfluid man`.
base::Status run_help(const Invocation& invocation, Output& output);
base::Status run_man(const Invocation& invocation, Output& output);

// The whole table as one page of roff, section 1.
std::string manual_page(Table table);

}  // namespace superfluid::cli
