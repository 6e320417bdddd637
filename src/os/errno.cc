// SPDX-License-Identifier: Apache-2.0
#include "os/errno.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "base/text.h"

namespace superfluid::os {

using base::ErrorCode;

ErrorCode code_of_errno(int number) {
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::kNotPermitted;
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ESRCH:
    case ENOTDIR:
    case EADDRNOTAVAIL: return ErrorCode::kNotFound;
    case EEXIST:
    case EBUSY:
    case EADDRINUSE:
    case ENOTEMPTY:
    case EISCONN:
    case ETXTBSY: return ErrorCode::kConflict;
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH: return ErrorCode::kUnreachable;
    case ETIMEDOUT: return ErrorCode::kTimedOut;
    case ENOSYS:
    case EOPNOTSUPP:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
    case ESOCKTNOSUPPORT: return ErrorCode::kUnsupported;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case ENOBUFS:
    case EDQUOT:
    case EFBIG:
    case EAGAIN:
    case EUSERS:
    case ETOOMANYREFS: return ErrorCode::kExhausted;
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EMSGSIZE:
    case ERANGE:
    case EDOM: return ErrorCode::kInvalid;
    default: return ErrorCode::kFailed;
  }
}

base::Error errno_error(std::string_view what, int number) {
  // The description is a constant of the C library, hence safe from any thread.
  const char* known = strerrordesc_np(number);
  std::string description = known != nullptr ? known : base::cat("errno ", number);
  if (description.size() > 1 && description[1] >= 'a' && description[1] <= 'z') {
    description[0] = static_cast<char>(description[0] | 0x20);  // "No such" -> "no such"
  }
  return {code_of_errno(number), base::cat(base::escape(what), ": ", description)};
}

}  // namespace superfluid::os
