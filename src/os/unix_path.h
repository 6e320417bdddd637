// SPDX-License-Identifier: Apache-2.0
// A path as the address of a Unix socket: checked once, for those who connect and those who listen.

#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "base/result.h"

namespace superfluid::os {

class UnixAddress {
 public:
  // `path` fits: see unix_address().
  explicit UnixAddress(const std::string& path);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t length() const { return sizeof address_; }

 private:
  sockaddr_un address_{};
};

// kInvalid for a path that is empty, holds a zero byte or is longer than kSocketPathMax.
base::Result<UnixAddress> unix_address(const std::string& path);

}  // namespace superfluid::os
