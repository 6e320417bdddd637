// SPDX-License-Identifier: Apache-2.0
#include "os/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/check.h"
#include "os/errno.h"

namespace superfluid::os {

void UniqueFd::reset(int fd) {
  base::check(fd < 0 || fd != fd_, "a UniqueFd is not given what it owns already");
  const int old = std::exchange(fd_, fd);
  if (old >= 0) {
    const int kept = errno;  // destructors run between a failed call and the reading of its errno
    base::check(::close(old) == 0 || errno != EBADF, "nobody else closed this UniqueFd");
    errno = kept;
  }
}

base::Status UniqueFd::close() {
  // Linux frees the descriptor whatever close() answers, so there is no second try.
  const int old = std::exchange(fd_, -1);
  if (old >= 0 && ::close(old) != 0 && errno != EINTR) {
    base::check(errno != EBADF, "nobody else closed this UniqueFd");
    return fail_errno("close", errno);
  }
  return {};
}

base::Result<UniqueFd> UniqueFd::duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    return fail_errno("duplicate a file descriptor", errno);
  }
  return UniqueFd(copy);
}

}  // namespace superfluid::os
