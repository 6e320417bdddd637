// SPDX-License-Identifier: Apache-2.0
#include "os/event_fd.h"

#include <sys/eventfd.h>

#include <cerrno>

#include "os/errno.h"

namespace superfluid::os {

base::Result<UniqueFd> create_event_fd() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) {
    return fail_errno("create an eventfd", errno);
  }
  return fd;
}

}  // namespace superfluid::os
