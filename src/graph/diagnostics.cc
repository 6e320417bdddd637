// SPDX-License-Identifier: Apache-2.0
#include "graph/diagnostics.h"

#include "base/text.h"

namespace superfluid::graph {

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kNote: break;
  }
  return "note";
}

std::string Diagnostics::where(Landmark at, bool with_column) const {
  const std::string_view name = files_.name(at.file);
  if (at.line == 0) {
    return std::string(name);
  }
  if (!with_column || at.column == 0) {
    return base::cat(name, ':', at.line);
  }
  return base::cat(name, ':', at.line, ':', at.column);
}

}  // namespace superfluid::graph
