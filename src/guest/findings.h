// SPDX-License-Identifier: Apache-2.0
// findings_of(): what is wrong with a graph, as abi::Exit::kPanic sends it to the host:
//
//   error|warning|note TAB file TAB line TAB column TAB message TAB remedy NEWLINE
//
// Tabs and line ends inside a field become spaces. Whole lines alone; what does not fit is left
// out.

#pragma once

#include <cstddef>
#include <string>

#include "graph/diagnostics.h"

namespace superfluid::guest {

std::string findings_of(const graph::Diagnostics& diagnostics, std::size_t bytes_max);

// The same for people, as `superfluid graph check` says it.
std::string lines_of(const graph::Diagnostics& diagnostics);

}  // namespace superfluid::guest
