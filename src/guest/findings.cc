// SPDX-License-Identifier: Apache-2.0
#include "guest/findings.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::guest {
namespace {

using base::cat;

std::string_view word_of(graph::Severity severity) {
  switch (severity) {
    case graph::Severity::kError: return "error";
    case graph::Severity::kWarning: return "warning";
    case graph::Severity::kNote: break;
  }
  return "note";
}

std::string field_of(std::string_view text) {
  std::string field(text);
  std::ranges::replace_if(
      field, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return field;
}

}  // namespace

std::string findings_of(const graph::Diagnostics& diagnostics, std::size_t bytes_max) {
  std::string findings;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    const std::string line =
        cat(word_of(each.severity), '\t', field_of(diagnostics.files().name(each.at.file)), '\t',
            each.at.line, '\t', each.at.column, '\t', field_of(each.message), '\t',
            field_of(each.remedy), '\n');
    if (findings.size() + line.size() > bytes_max) {
      break;
    }
    findings += line;
  }
  return findings;
}

}  // namespace superfluid::guest
