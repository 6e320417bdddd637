// SPDX-License-Identifier: Apache-2.0
// run_program(): a command line from its words to its exit code. main() and the tests' programs
// differ only in the table that they pass.

#pragma once

#include <span>
#include <string_view>

#include "superfluid/cli/command.h"
#include "superfluid/cli/exit.h"

namespace superfluid::cli {

Exit run_program(Table table, std::span<const std::string_view> words);

}  // namespace superfluid::cli
