// SPDX-License-Identifier: Apache-2.0
#include "os/event_fd.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "os/errno.h"

namespace superfluid::os {

base::Result<EventFd> EventFd::create() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) {
    return fail_errno("create an eventfd", errno);
  }
  return EventFd(std::move(fd));
}

base::Result<EventFd> EventFd::adopt(UniqueFd fd) {
  // An eventfd has no call that asks whether it is one; its name in /proc is its only mark.
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  std::array<char, 64> name{};
  const ssize_t length = ::readlink(link.c_str(), name.data(), name.size());
  if (length < 0) {
    return fail_errno("ask what a received descriptor is", errno);
  }
  if (std::string_view(name.data(), static_cast<std::size_t>(length)) != "anon_inode:[eventfd]") {
    return base::fail(base::ErrorCode::kInvalid, "a received descriptor is no eventfd");
  }
  // A blocking one would let its owner stop whoever rings.
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno("set up a received eventfd", errno);
  }
  return EventFd(std::move(fd));
}

void EventFd::ring(int fd) {
  const std::uint64_t one = 1;
  // EAGAIN: it is as rung as it can be.
  while (::write(fd, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

bool EventFd::take(int fd) {
  std::uint64_t times = 0;
  ssize_t got = 0;
  do {
    got = ::read(fd, &times, sizeof times);
  } while (got < 0 && errno == EINTR);
  return got == sizeof times;
}

}  // namespace superfluid::os
