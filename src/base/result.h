// SPDX-License-Identifier: Apache-2.0
// Errors are values: Result<T> is either a T or an Error that a person can act upon.
//
// An Error carries four things, because a user asks four questions:
//   code     what class of failure, for programs       the exit code, the HTTP status
//   message  what was being done and what went wrong   the line "error:"
//   cause    the chain below it, outermost first       the lines "cause:"
//   remedy   what to try, where one is known           the line "try:"
//
// Invariants
//   1. message is never empty, starts with a lower-case word, has no trailing full stop and no
//      newline.
//   2. a cause is itself a whole Error; the chain's length is bounded only by the depth of the call
//      stack that made it.
//   3. Nothing here throws, and nothing here is used where packets flow: parsers of packets return
//      an enum (net/malformed.h), since an Error allocates.
//
// Threads: an Error is a plain value. The same type serves both worlds; behind the wall its strings
// come from the guest's allocator. It is one word, since every Result makes room for one, and
// what is behind the word is the business of the rare case.

#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/text_view.h"

namespace superfluid::base {

// The classes of failure that a caller may want to tell apart. The first column of the exit-code
// table in docs/cli.md is made from these.
enum class ErrorCode : unsigned char {
  kFailed,        // none of the below
  kInvalid,       // the caller's input is wrong; repeating it is useless
  kNotFound,      // the thing named does not exist
  kConflict,      // it exists already, or is in a state that forbids this
  kUnreachable,   // the peer cannot be reached; safe to repeat
  kTimedOut,      // no answer in time; whether it was done is unknown
  kNotPermitted,  // the host or the rules refuse it
  kUnsupported,   // this host or build cannot do it
  kExhausted,     // a limit or a resource ran out
  kCorrupt,       // stored or received data is damaged
};

std::string_view to_string(ErrorCode code);

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, TextView message);

  Error(Error&& other) noexcept : parts_(std::exchange(other.parts_, nullptr)) {}
  Error& operator=(Error&& other) noexcept {
    std::swap(parts_, other.parts_);
    return *this;
  }
  Error(const Error& other);
  Error& operator=(const Error& other);
  [[gnu::always_inline]] ~Error() {
    if (parts_ != nullptr) {
      destroy(parts_);
    }
  }

  // Builders, for use in one expression: return fail(kInvalid, "...").caused_by(e).try_this("...");
  // By value, so that `error = std::move(error).try_this("...")` is as good.
  Error caused_by(Error cause) &&;
  Error try_this(TextView remedy) &&;

  // REQUIRES: it was not moved from.
  ErrorCode code() const;
  const std::string& message() const;
  const std::string& remedy() const;
  const Error* cause() const;

  // The first remedy found from the outside in: the caller closest to the user knows best.
  std::string_view best_remedy() const;

  // "message: cause: cause", for logs and tests. The terminal's three lines are apps' business.
  std::string to_string() const;

 private:
  struct Parts;
  static void destroy(Parts* parts);

  Parts* parts_;  // its own; nullptr once moved from
};

template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

// fail(code, message) is what a function returns; it converts to any Result<T>.
class [[nodiscard]] Failure {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}

  Failure caused_by(Error cause) && {
    return Failure(std::move(error_).caused_by(std::move(cause)));
  }
  Failure try_this(TextView remedy) && { return Failure(std::move(error_).try_this(remedy)); }

  template <typename T>
  operator Result<T>() && {
    return std::unexpected(std::move(error_));
  }

 private:
  Error error_;
};

inline Failure fail(ErrorCode code, TextView message) { return Failure(Error(code, message)); }

// Passes an Error on unchanged.
inline Failure pass(Error error) { return Failure(std::move(error)); }

}  // namespace superfluid::base

// SF_TRY(name, expression): name is the value of a Result, or this function returns its Error.
// SF_CHECKED(expression):   the same for a Status.
// Macros, because C++ has no other early return inside an expression; these two are all there are.
#define SF_TRY_JOIN_(a, b) a##b
#define SF_TRY_NAME_(line) SF_TRY_JOIN_(sf_result_, line)
#define SF_TRY(name, ...)                                                       \
  auto SF_TRY_NAME_(__LINE__) = (__VA_ARGS__);                                  \
  if (!SF_TRY_NAME_(__LINE__)) {                                                \
    return ::superfluid::base::pass(std::move(SF_TRY_NAME_(__LINE__)).error()); \
  }                                                                             \
  auto name = std::move(*SF_TRY_NAME_(__LINE__))
#define SF_CHECKED(...)                                            \
  if (auto sf_status = (__VA_ARGS__); !sf_status) {                \
    return ::superfluid::base::pass(std::move(sf_status).error()); \
  }                                                                \
  static_assert(true)
