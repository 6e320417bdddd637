// SPDX-License-Identifier: Apache-2.0
// What main() does before any command: the descriptors and signals that the rest relies on.

#pragma once

#include "superfluid/cli/command.h"

namespace superfluid::cli {

// Runs the command line of a process; what it returns is main()'s.
int enter(Table table, int argc, char** argv);

}  // namespace superfluid::cli
