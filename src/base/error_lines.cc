// SPDX-License-Identifier: Apache-2.0
#include "base/error_lines.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace superfluid::base {
namespace {

constexpr std::string_view kTry = "  try: ";

std::vector<std::string_view> first_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kErrorLinesMax) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end != 0) {
      lines.push_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string lines_of(const Error& error) {
  std::string lines;
  for (const Error* each = &error; each != nullptr; each = each->cause()) {
    lines += cat(lines.empty() ? "" : "\n", each->message());
    if (!each->remedy().empty()) {
      lines += cat("\n", kTry, each->remedy());
    }
  }
  return lines;
}

Error error_of_lines(ErrorCode code, std::string_view text) {
  const std::vector<std::string_view> lines = first_lines(text);
  std::optional<Error> chain;
  std::string_view remedy;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->starts_with(kTry)) {
      remedy = line->substr(kTry.size());
      continue;
    }
    Error error(code, escape(*line));
    if (!remedy.empty()) {
      error = std::move(error).try_this(escape(std::exchange(remedy, {})));
    }
    chain = chain ? std::move(error).caused_by(*std::move(chain)) : std::move(error);
  }
  return chain ? *std::move(chain) : Error(code, "no reason is given");
}

}  // namespace superfluid::base
