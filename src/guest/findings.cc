// SPDX-License-Identifier: Apache-2.0
#include "guest/findings.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::guest {
namespace {

using base::cat;

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

std::string lines_of(const graph::Diagnostics& diagnostics) {
  std::string lines;
  for (const graph::Diagnostic& each : diagnostics.all()) {
    lines +=
        cat(diagnostics.where(each.at), ": ", word_of(each.severity), ": ", each.message, "\n");
    if (!each.remedy.empty()) {
      lines += cat("  try: ", each.remedy, "\n");
    }
  }
  return lines;
}

}  // namespace superfluid::guest
