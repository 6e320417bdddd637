// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>

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

// The last words of a program whose memory ran out, or whose library threw: nothing is allocated.
// They have the shape of error_lines() and of the JSON document; where a document was begun, it
// stays without its end, and people are told.
Exit give_up(const Output& output, std::string_view lines, std::string_view document) {
  const bool json = output.json() && !output.begun();
  const std::string_view last = json ? document : lines;
  [[maybe_unused]] const ssize_t written =
      write(json ? STDOUT_FILENO : STDERR_FILENO, last.data(), last.size());
  return Exit::kFailed;
}

Exit run_or_throw(Table table, std::span<const std::string_view> words, Output& output) {
  Parsed parsed = parse(table, words);
  const Invocation& invocation = parsed.invocation;
  output.about(invocation.command().path);

  if (!parsed.error) {
    const base::Status status = invocation.has("help")
                                    ? show_help(invocation, output)
                                    : invocation.command().handler(invocation, output);
    if (!status) {
      parsed.error = status.error();
    }
  }

  const base::Error* error = parsed.error ? &*parsed.error : nullptr;
  const base::Status written = output.finish(error);
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

}  // namespace

// No code of ours throws; the libraries do, above all when there is no memory left. Text and lists
// are written as they grow, so a part of the answer may be out.
Exit run_program(Table table, std::span<const std::string_view> words) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  if (terminal.colour) {
    leave_plain_when_interrupted(STDOUT_FILENO);
  }
  Output output({.fd = STDOUT_FILENO, .json = wants_json(words), .terminal = terminal});
  try {
    return run_or_throw(table, words, output);
  } catch (const std::bad_alloc&) {
    return give_up(output,
                   "error: there is not enough memory\n"
                   "cause: an allocation was refused\n"
                   "try: raise the limit (ulimit -v), free memory, or ask for less\n",
                   R"({"version":1,"command":null,"error":{"code":"exhausted",)"
                   R"("message":"there is not enough memory",)"
                   R"("causes":["an allocation was refused"],)"
                   R"-("remedy":"raise the limit (ulimit -v), free memory, or ask for less",)-"
                   R"("exit":1}})"
                   "\n");
  } catch (const std::exception&) {
    return give_up(output,
                   "error: the program met what it does not expect\n"
                   "cause: a library threw an exception\n"
                   "try: report the command and the version (superfluid version)\n",
                   R"({"version":1,"command":null,"error":{"code":"failed",)"
                   R"("message":"the program met what it does not expect",)"
                   R"("causes":["a library threw an exception"],)"
                   R"-("remedy":"report the command and the version (superfluid version)",)-"
                   R"("exit":1}})"
                   "\n");
  }
}

}  // namespace superfluid::cli
