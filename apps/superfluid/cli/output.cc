// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/output.h"

#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace superfluid::cli {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr int kDocumentVersion = 1;

boost::json::object json_of(const base::Error& error) {
  boost::json::array causes;
  for (const base::Error* cause = error.cause(); cause != nullptr; cause = cause->cause()) {
    causes.emplace_back(printable(cause->message()));
  }
  boost::json::object object{{"code", base::to_string(error.code())},
                             {"message", printable(error.message())},
                             {"causes", std::move(causes)}};
  if (!error.best_remedy().empty()) {
    object["remedy"] = printable(error.best_remedy());
  }
  object["exit"] = static_cast<int>(exit_for(error.code()));
  return object;
}

}  // namespace

void Output::text(std::string_view piece) {
  base::check(!json(), "text is for people, and a program is listening");
  pending_ += piece;
  if (pending_.size() >= kFlushBytes) {
    flush();
  }
}

void Output::flush() {
  std::string_view rest = pending_;
  while (!rest.empty() && failed_ == 0) {
    const ssize_t written = write(options_.fd, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      failed_ = errno;
    }
  }
  pending_.clear();
}

base::Status Output::finish(std::optional<std::string_view> command, const base::Error* error) {
  if (json()) {
    boost::json::object document{{"version", kDocumentVersion}, {"command", nullptr}};
    if (command) {
      document["command"] = *command;
    }
    if (result_) {
      document["result"] = std::move(*result_);
    }
    if (error != nullptr) {
      document["error"] = json_of(*error);
    }
    pending_ = boost::json::serialize(document);
    pending_ += '\n';
  }
  flush();
  if (failed_ != 0) {
    return base::fail(base::ErrorCode::kFailed, "the answer could not be written")
        .caused_by(base::Error(base::ErrorCode::kFailed,
                               base::cat("standard output: ", std::strerror(failed_))));
  }
  return {};
}

std::string error_lines(const base::Error& error, const Terminal& terminal) {
  std::string lines =
      base::cat(terminal.styled(Style::kBad, "error:"), ' ', printable(error.message()), '\n');
  for (const base::Error* cause = error.cause(); cause != nullptr; cause = cause->cause()) {
    lines += base::cat(terminal.styled(Style::kStrong, "cause:"), ' ', printable(cause->message()),
                       '\n');
  }
  if (!error.best_remedy().empty()) {
    lines += base::cat(terminal.styled(Style::kStrong, "try:"), ' ', printable(error.best_remedy()),
                       '\n');
  }
  return lines;
}

}  // namespace superfluid::cli
