// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/act.h"

#include <unistd.h>

#include <boost/json/array.hpp>
#include <optional>

#include "base/text.h"
#include "os/files.h"
#include "superfluid/vm/connect.h"
#include "superfluid/vm/describe.h"

namespace superfluid::vm {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::ByteCount kValueBytesMax = base::mib(1);

// What a handler is given: the word, or standard input for -.
base::Result<std::string> value_of(const cli::Invocation& invocation, std::size_t word) {
  const std::vector<std::string>& words = invocation.arguments();
  if (words.size() <= word) {
    return std::string();
  }
  if (words[word] != "-") {
    return words[word];
  }
  SF_TRY(bytes, os::read_whole(STDIN_FILENO, kValueBytesMax));
  return std::string(base::text_of(bytes));
}

// Values are columns split by tabs where they are lists.
std::string whole_lines(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    shown += c == '\t' ? std::string(2, ' ') : std::string(1, c);
  }
  return cat(cli::printable_lines(shown), text.empty() || text.ends_with('\n') ? "" : "\n");
}

base::Error with_remedy(base::Error error, const std::string& name) {
  if (error.code() != ErrorCode::kNotFound || !error.best_remedy().empty()) {
    return error;
  }
  return std::move(error).try_this(
      cat("superfluid vm handlers ", name, " lists them, with an ELEMENT also what that has"));
}

}  // namespace

base::Status run_act(const cli::Invocation& invocation, cli::Output& output) {
  const std::string_view verb = cli::last_word(invocation.command().path);
  SF_TRY(client, connect(invocation));
  boost::json::array list;
  std::optional<base::Error> failed;
  for (const std::string& name : invocation.arguments()) {
    auto function = client.act(verb, name);
    if (!function) {
      // The others are acted on nevertheless; the first error is told.
      failed = failed ? std::move(failed) : std::move(function).error();
    } else if (output.json()) {
      list.push_back(json_of(*function));
    } else {
      output.text(cat(cli::printable(function->spec.name), " ",
                      verb == "rm" ? "removed" : to_string(function->state), "\n"));
    }
  }
  if (output.json()) {
    output.result({{"functions", std::move(list)}});
  }
  return failed ? base::Status(base::pass(std::move(*failed))) : base::Status();
}

base::Status run_logs(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(client, connect(invocation));
  const std::string& name = invocation.arguments().front();
  if (!invocation.has("follow")) {
    SF_TRY(log, client.log(name, 0));
    if (output.json()) {
      output.result({{"text", cli::printable_lines(log.text)},
                     {"begins_at", log.begins_at},
                     {"ends_at", log.ends_at}});
    } else {
      output.text(cli::printable_lines(log.text));
    }
    return {};
  }
  if (output.json()) {
    return base::fail(ErrorCode::kInvalid, "--follow has no end, and a document has one")
        .try_this("superfluid vm logs NAME --json");
  }
  base::Status written;
  SF_CHECKED(client.follow_log(name, 0, [&](const api::LogPart& part) {
    written = os::write_all(STDOUT_FILENO, base::bytes_of(cli::printable_lines(part.text)));
    return written.has_value();
  }));
  return written;
}

base::Status run_handlers(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(client, connect(invocation));
  const std::vector<std::string>& words = invocation.arguments();
  const std::string asked = words.size() > 1 ? cat(words[1], ".handlers") : "handlers";
  auto handlers = client.read(words[0], asked, "");
  if (!handlers) {
    return base::pass(std::move(handlers).error());
  }
  std::string elements;
  if (words.size() == 1) {
    SF_TRY(list, client.read(words[0], "list", ""));
    elements = std::move(list);
  }
  if (output.json()) {
    output.result({{"handlers", cli::printable_lines(*handlers)},
                   {"elements", cli::printable_lines(elements)}});
  } else {
    output.text(whole_lines(*handlers));
    if (!elements.empty()) {
      output.text(cat("elements:\n", whole_lines(elements)));
    }
  }
  return {};
}

base::Status run_read(const cli::Invocation& invocation, cli::Output& output) {
  const std::vector<std::string>& words = invocation.arguments();
  SF_TRY(argument, value_of(invocation, 2));
  SF_TRY(client, connect(invocation));
  auto value = client.read(words[0], words[1], argument);
  if (!value) {
    return base::pass(with_remedy(std::move(value).error(), words[0]));
  }
  if (output.json()) {
    output.result({{"handler", cli::printable(words[1])}, {"value", cli::printable_lines(*value)}});
  } else {
    output.text(whole_lines(*value));
  }
  return {};
}

base::Status run_write(const cli::Invocation& invocation, cli::Output& output) {
  const std::vector<std::string>& words = invocation.arguments();
  SF_TRY(value, value_of(invocation, 2));
  SF_TRY(client, connect(invocation));
  if (base::Status done = client.write(words[0], words[1], value); !done) {
    return base::pass(with_remedy(std::move(done).error(), words[0]));
  }
  if (output.json()) {
    output.result({{"handler", cli::printable(words[1])}});
  }
  return {};
}

base::Status run_metrics(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(client, connect(invocation));
  SF_TRY(text, client.metrics());
  if (output.json()) {
    output.result({{"text", cli::printable_lines(text)}});
  } else {
    output.text(cli::printable_lines(text));
  }
  return {};
}

}  // namespace superfluid::vm
