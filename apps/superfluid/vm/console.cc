// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/console.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/errno.h"
#include "superfluid/vm/connect.h"

namespace superfluid::vm {

using base::cat;
using base::ErrorCode;

namespace {

constexpr int kLookEveryMs = 100;
constexpr std::size_t kLineBytesMax = 64 << 10;
constexpr std::string_view kHelp =
    "read HANDLER [ARGUMENT], write HANDLER [VALUE], help or quit; all else is the function's own "
    "words\n";

// Everything up to the next blank; `rest` is what follows the blanks.
std::string_view take_word(std::string_view& rest) {
  rest = base::trim(rest);
  const std::size_t end = rest.find_first_of(" \t");
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : base::trim(rest.substr(end));
  return word;
}

class Console {
 public:
  Console(api::Client client, const std::string& name, cli::Output& output)
      : client_(std::move(client)), name_(name), output_(output) {}

  base::Status run() {
    while (!has_quit_) {
      SF_CHECKED(show_log());
      if (has_ended_) {
        return {};
      }
      SF_TRY(typed, wait_for_typing());
      if (typed) {
        SF_CHECKED(read_input());
      }
    }
    return show_log();
  }

 private:
  base::Status show_log() {
    auto log = client_.log(name_, seen_);
    if (!log) {
      const bool was_removed = seen_ > 0 && log.error().code() == ErrorCode::kNotFound;
      has_quit_ = has_ended_ = was_removed;
      return was_removed ? base::Status() : base::pass(std::move(log).error());
    }
    if (log->ends_at < seen_) {
      seen_ = 0;  // another life's
      return show_log();
    }
    seen_ = log->ends_at;
    output_.text(cli::printable_lines(log->text));
    output_.flush();
    return {};
  }

  static base::Result<bool> wait_for_typing() {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&input, 1, kLookEveryMs);
    if (ready < 0 && errno != EINTR) {
      return os::fail_errno("wait for input", errno);
    }
    return ready > 0;
  }

  base::Status read_input() {
    std::array<char, 4096> room{};
    const ssize_t got = ::read(STDIN_FILENO, room.data(), room.size());
    if (got <= 0) {
      has_quit_ = true;
      return got == 0 ? base::Status() : os::fail_errno("read input", errno);
    }
    typed_.append(room.data(), static_cast<std::size_t>(got));
    for (std::size_t end = 0; !has_quit_ && (end = typed_.find('\n')) != std::string::npos;) {
      const std::string line = typed_.substr(0, end);
      typed_.erase(0, end + 1);
      answer(line);
    }
    if (typed_.size() > kLineBytesMax) {
      return base::fail(ErrorCode::kExhausted, "the line is too long")
          .try_this("superfluid vm write NAME HANDLER - takes a long value");
    }
    return {};
  }

  // What goes wrong with a line is said, and the next one is waited for.
  void answer(const std::string& line) {
    auto told = obey(line);
    output_.text(told ? *told : cat(cli::printable_lines(told.error().to_string()), "\n"));
    output_.flush();
  }

  base::Result<std::string> obey(const std::string& line) {
    SF_TRY(asked, parse_console_line(line));
    switch (asked.verb) {
      case ConsoleLine::Verb::kNothing: return std::string();
      case ConsoleLine::Verb::kHelp: return std::string(kHelp);
      case ConsoleLine::Verb::kQuit: has_quit_ = true; return std::string();
      case ConsoleLine::Verb::kRead: {
        SF_TRY(value, client_.read(name_, asked.handler, asked.text));
        return cat(cli::printable_lines(value), value.ends_with('\n') ? "" : "\n");
      }
      case ConsoleLine::Verb::kWrite:
        SF_CHECKED(client_.write(name_, asked.handler, asked.text));
        return std::string();
    }
    return std::string();
  }

  api::Client client_;
  const std::string& name_;
  cli::Output& output_;
  std::string typed_;
  std::uint64_t seen_ = 0;
  bool has_quit_ = false;
  bool has_ended_ = false;
};

}  // namespace

base::Result<ConsoleLine> parse_console_line(std::string_view line) {
  using Verb = ConsoleLine::Verb;
  std::string_view rest = line;
  const std::string_view verb = take_word(rest);
  if (verb.empty()) {
    return ConsoleLine{};
  }
  if ((verb == "help" || verb == "quit") && rest.empty()) {
    return ConsoleLine{.verb = verb == "help" ? Verb::kHelp : Verb::kQuit};
  }
  const std::string_view handler =
      verb == "read" || verb == "write" ? take_word(rest) : std::string_view();
  if (handler.empty()) {
    return base::fail(ErrorCode::kInvalid, cat("'", cli::printable(line), "' is not understood"))
        .try_this("read HANDLER [ARGUMENT], write HANDLER [VALUE], help or quit");
  }
  return ConsoleLine{.verb = verb == "read" ? Verb::kRead : Verb::kWrite,
                     .handler = std::string(handler),
                     .text = std::string(rest)};
}

base::Status run_console(const cli::Invocation& invocation, cli::Output& output) {
  if (output.json()) {
    return base::fail(ErrorCode::kInvalid, "a console is for people")
        .try_this("superfluid vm logs, read and write, with --json");
  }
  SF_TRY(client, connect(invocation));
  return Console(std::move(client), invocation.arguments().front(), output).run();
}

}  // namespace superfluid::vm
