// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/run.h"

#include <unistd.h>

#include <algorithm>

#include "superfluid/cli/help.h"
#include "superfluid/cli/output.h"
#include "superfluid/cli/parse.h"

namespace superfluid::cli {
namespace {

void complain(const base::Error& error) {
  const std::string lines = error_lines(error, terminal_of(STDERR_FILENO));
  // Where even this cannot be written, the exit code is what is left to say.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, lines.data(), lines.size());
}

// Asked before parsing, since the answer to a wrong command line must already be in the right form.
bool wants_json(std::span<const std::string_view> words) {
  const auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, "--json") != end;
}

}  // namespace

Exit run_program(Table table, std::span<const std::string_view> words) {
  Parsed parsed = parse(table, words);
  const Invocation& invocation = parsed.invocation;
  Output output(
      {.fd = STDOUT_FILENO, .json = wants_json(words), .terminal = terminal_of(STDOUT_FILENO)});

  if (!parsed.error) {
    const base::Status status = invocation.has("help")
                                    ? show_help(invocation, output)
                                    : invocation.command().handler(invocation, output);
    if (!status) {
      parsed.error = status.error();
    }
  }

  const std::string_view path = invocation.command().path;
  const base::Error* error = parsed.error ? &*parsed.error : nullptr;
  const base::Status written =
      output.finish(path.empty() ? std::nullopt : std::optional<std::string_view>(path), error);
  if (!written) {
    complain(written.error());
    return Exit::kFailed;
  }
  if (error != nullptr) {
    if (!output.json()) {
      complain(*error);
    }
    return exit_for(error->code());
  }
  return output.exit();
}

}  // namespace superfluid::cli
