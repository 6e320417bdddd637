// SPDX-License-Identifier: Apache-2.0
// The table of superfluid's commands. See cli/command.h for what a row means.

#pragma once

#include "superfluid/cli/command.h"

namespace superfluid::cli {

Table commands();

}  // namespace superfluid::cli
