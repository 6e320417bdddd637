// SPDX-License-Identifier: Apache-2.0
// parse(): the text of one file to its syntax tree. All errors of the text are found in one pass;
// the tree holds what could be understood, so that the resolver can find more.

#pragma once

#include <string_view>

#include "graph/diagnostics.h"
#include "graph/syntax.h"

namespace superfluid::graph {

Statements parse(std::string_view file_name, std::string_view text, Diagnostics& diagnostics);

}  // namespace superfluid::graph
