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
  flush_when_full();
}

void Output::list(std::string_view name) {
  base::check(json() && !in_list_, "one list, for programs");
  in_list_ = true;
  pending_ += base::cat(document_start(), ",\"result\":{", boost::json::serialize(name), ":[");
}

void Output::item(const boost::json::object& item) {
  base::check(in_list_, "an item belongs to a list");
  pending_ += base::cat(list_is_empty_ ? "" : ",", boost::json::serialize(item));
  list_is_empty_ = false;
  flush_when_full();
}

// Without the brace that closes it.
std::string Output::document_start() const {
  boost::json::object head{{"version", kDocumentVersion}, {"command", nullptr}};
  if (!command_.empty()) {
    head["command"] = command_;
  }
  std::string start = boost::json::serialize(head);
  start.pop_back();
  return start;
}

void Output::write_document_end(const base::Error* error) {
  if (in_list_) {
    pending_ += ']';
    if (result_ && !result_->empty()) {
      // What follows the list goes on in the same object: its opening brace is out already.
      pending_ += base::cat(',', std::string_view(boost::json::serialize(*result_)).substr(1));
    } else {
      pending_ += '}';
    }
  } else {
    pending_ += document_start();
    if (result_) {
      pending_ += base::cat(",\"result\":", boost::json::serialize(*result_));
    }
  }
  if (error != nullptr) {
    pending_ += base::cat(",\"error\":", boost::json::serialize(json_of(*error)));
  }
  pending_ += "}\n";
}

void Output::flush_when_full() {
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

base::Status Output::finish(const base::Error* error) {
  if (json()) {
    write_document_end(error);
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
