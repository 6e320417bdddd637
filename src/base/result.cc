// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace superfluid::base {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kFailed: return "failed";
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kNotFound: return "not-found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kUnreachable: return "unreachable";
    case ErrorCode::kTimedOut: return "timed-out";
    case ErrorCode::kNotPermitted: return "not-permitted";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kExhausted: return "exhausted";
    case ErrorCode::kCorrupt: return "corrupt";
  }
  return "failed";
}

Error::Error(const Error& other)
    : code_(other.code_),
      message_(other.message_),
      remedy_(other.remedy_),
      cause_(other.cause_ ? std::make_unique<Error>(*other.cause_) : nullptr) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) {
    *this = Error(other);
  }
  return *this;
}

Error Error::caused_by(Error cause) && {
  cause_ = std::make_unique<Error>(std::move(cause));
  return std::move(*this);
}

Error Error::try_this(std::string remedy) && {
  remedy_ = std::move(remedy);
  return std::move(*this);
}

std::string_view Error::best_remedy() const {
  for (const Error* error = this; error != nullptr; error = error->cause()) {
    if (!error->remedy().empty()) {
      return error->remedy();
    }
  }
  return {};
}

std::string Error::to_string() const {
  std::string text = message_;
  for (const Error* error = cause(); error != nullptr; error = error->cause()) {
    text += ": ";
    text += error->message();
  }
  return text;
}

}  // namespace superfluid::base
