// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <memory>

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

struct Error::Parts {
  ErrorCode code;
  std::string message;
  std::string remedy = {};
  std::unique_ptr<Error> cause = nullptr;
};

Error::Error(ErrorCode code, TextView message)
    : parts_(std::make_unique<Parts>(code, std::string(std::string_view(message))).release()) {}

Error::Error(const Error& other) : Error(other.code(), other.message()) {
  parts_->remedy = other.remedy();
  if (other.cause() != nullptr) {
    parts_->cause = std::make_unique<Error>(*other.cause());
  }
}

Error& Error::operator=(const Error& other) { return *this = Error(other); }

void Error::destroy(Parts* parts) { const std::unique_ptr<Parts> last(parts); }

Error Error::caused_by(Error cause) && {
  parts_->cause = std::make_unique<Error>(std::move(cause));
  return std::move(*this);
}

Error Error::try_this(TextView remedy) && {
  parts_->remedy = std::string_view(remedy);
  return std::move(*this);
}

ErrorCode Error::code() const { return parts_->code; }
const std::string& Error::message() const { return parts_->message; }
const std::string& Error::remedy() const { return parts_->remedy; }
const Error* Error::cause() const { return parts_->cause.get(); }

std::string_view Error::best_remedy() const {
  for (const Error* error = this; error != nullptr; error = error->cause()) {
    if (!error->remedy().empty()) {
      return error->remedy();
    }
  }
  return {};
}

std::string Error::to_string() const {
  std::string text = message();
  for (const Error* error = cause(); error != nullptr; error = error->cause()) {
    text += ": ";
    text += error->message();
  }
  return text;
}

}  // namespace superfluid::base
