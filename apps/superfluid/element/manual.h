// SPDX-License-Identifier: Apache-2.0
// superfluid element list, and superfluid element show: the comment that an element's header begins
// with is its manual page, which the build puts into the program (cmake/EmbedManual.cmake).

#pragma once

#include <cstddef>
#include <string_view>

#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::element {

struct ManualPage {
  std::string_view classes;  // the names that the header declares, a space around each
  std::string_view text;
};

// Written by the build.
extern const ManualPage kManualPages[];
extern const std::size_t kManualPageCount;

base::Status run_list(const cli::Invocation& invocation, cli::Output& output);
base::Status run_show(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::element
