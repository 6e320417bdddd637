// SPDX-License-Identifier: Apache-2.0
#include "superfluid/doctor/in_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "os/unique_fd.h"

namespace superfluid::doctor {
namespace {

constexpr int kReapMs = 1000;  // how long a killed child may take to vanish before it is left alone

[[noreturn]] void be_the_child(int to_parent, base::ByteSpan answer,
                               const std::function<void()>& trial) {
  trial();
  while (!answer.empty()) {
    const ssize_t written = write(to_parent, answer.data(), answer.size());
    if (written < 0) {
      _exit(1);
    }
    answer = answer.subspan(static_cast<std::size_t>(written));
  }
  _exit(0);
}

// The deadline is for each wait, and a child that answers writes once.
Errno receive(int from_child, base::ByteSpan answer, base::Duration limit) {
  const int limit_ms = static_cast<int>(limit.count() / base::milliseconds(1).count());
  while (!answer.empty()) {
    pollfd readable{.fd = from_child, .events = POLLIN, .revents = 0};
    const int ready = poll(&readable, 1, limit_ms);
    if (ready == 0) {
      return kTookTooLong;
    }
    const ssize_t got = ready < 0 ? -1 : read(from_child, answer.data(), answer.size());
    if (got == 0) {
      return kDied;
    }
    if (got < 0 && errno != EINTR) {
      return errno;
    }
    answer = answer.subspan(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  return 0;
}

// A child stuck inside the kernel cannot be killed; waiting for it forever would make its trouble
// ours.
void reap(pid_t child) {
  const os::UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  pollfd exited{.fd = handle.get(), .events = POLLIN, .revents = 0};
  const bool gone = !handle || poll(&exited, 1, kReapMs) > 0;
  waitpid(child, nullptr, gone ? 0 : WNOHANG);
}

}  // namespace

Errno run_in_child(base::ByteSpan answer, base::Duration limit,
                   const std::function<void()>& trial) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return errno;
  }
  const os::UniqueFd from_child(ends[0]);
  os::UniqueFd to_parent(ends[1]);
  const pid_t child = fork();
  if (child < 0) {
    return errno;
  }
  if (child == 0) {
    be_the_child(to_parent.get(), answer, trial);
  }
  to_parent.reset();  // so that the child's end is the pipe's end
  const Errno error = receive(from_child.get(), answer, limit);
  if (error != 0) {
    kill(child, SIGKILL);
  }
  reap(child);
  return error;
}

}  // namespace superfluid::doctor
