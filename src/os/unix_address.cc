// SPDX-License-Identifier: Apache-2.0
#include "os/unix_address.h"

#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "os/unix_socket.h"

namespace superfluid::os {

using base::ErrorCode;

UnixAddress::UnixAddress(const std::string& path) {
  address_.sun_family = AF_UNIX;
  base::check(path.size() < sizeof address_.sun_path, "a socket's path fits");
  std::memcpy(address_.sun_path, path.data(), path.size());
}

base::Result<UnixAddress> unix_address(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return base::fail(ErrorCode::kInvalid, "a socket's path is empty or holds a zero byte");
  }
  if (path.size() > kSocketPathMax) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("a socket's path is longer than ", kSocketPathMax,
                                " bytes: ", base::escape(path)));
  }
  return UnixAddress(path);
}

}  // namespace superfluid::os
