// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/handlers.h"

#include <unistd.h>

#include <boost/json/object.hpp>

#include "base/text.h"
#include "hostgraph/control_client.h"
#include "os/clock.h"
#include "os/files.h"

namespace superfluid::graphs {

using base::cat;

namespace {

constexpr base::ByteCount kValueBytesMax = base::mib(8);

// What a command line asks of a running graph.
struct Question {
  std::string socket;
  std::string handler;
  std::string value;
};

base::Result<Question> question_of(const cli::Invocation& invocation) {
  const std::vector<std::string>& words = invocation.arguments();
  const auto socket = invocation.text("socket");
  if (!socket) {
    return base::fail(base::ErrorCode::kInvalid, "which graph is meant is not said")
        .try_this(cat(cli::full_name(invocation.command()), " ", words.front(),
                      " --socket PATH, where the graph was started with that option"));
  }
  Question question{std::string(*socket), words[0], words.size() > 1 ? words[1] : ""};
  if (question.value == "-") {
    SF_TRY(bytes, os::read_whole(STDIN_FILENO, kValueBytesMax));
    question.value = base::text_of(bytes);
  }
  return question;
}

base::Result<hostgraph::ControlClient> connect(const cli::Invocation& invocation,
                                               const Question& question, const base::Clock& clock) {
  const auto wait = base::seconds(static_cast<std::int64_t>(invocation.number("wait").value_or(0)));
  return hostgraph::ControlClient::connect(question.socket, clock, wait);
}

base::Error with_remedy(base::Error error, const Question& question) {
  if (error.code() != base::ErrorCode::kNotFound) {
    return error;
  }
  if (question.handler == "hotconfig") {
    return std::move(error).try_this("start the graph with --allow-reconfigure");
  }
  return std::move(error).try_this(cat("superfluid graph read list --socket ",
                                       base::escape(question.socket),
                                       " names the elements, ELEMENT.handlers what they have"));
}

}  // namespace

base::Status run_read(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(question, question_of(invocation));
  const os::SystemClock clock;
  SF_TRY(client, connect(invocation, question, clock));
  auto value = client.read(question.handler, question.value);
  if (!value) {
    return base::pass(with_remedy(std::move(value).error(), question));
  }
  if (output.json()) {
    output.result(
        {{"handler", cli::printable(question.handler)}, {"value", cli::printable_lines(*value)}});
  } else {
    output.text(cat(*value, value->empty() || value->ends_with('\n') ? "" : "\n"));
  }
  return {};
}

base::Status run_write(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(question, question_of(invocation));
  const os::SystemClock clock;
  SF_TRY(client, connect(invocation, question, clock));
  if (base::Status done = client.write(question.handler, question.value); !done) {
    return base::pass(with_remedy(std::move(done).error(), question));
  }
  if (output.json()) {
    output.result({{"handler", cli::printable(question.handler)}});
  }
  return {};
}

}  // namespace superfluid::graphs
