// SPDX-License-Identifier: Apache-2.0
#include "doctor/in_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

namespace superfluid::doctor {
namespace {

constexpr int kReapMs = 1000;  // how long a killed child may take to vanish before it is left alone

class Deadline {
 public:
  explicit Deadline(base::Duration limit)
      : at_(std::chrono::steady_clock::now() + std::chrono::nanoseconds(limit.count())) {}

  int milliseconds_left() const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

 private:
  std::chrono::steady_clock::time_point at_;
};

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

Errno receive(int from_child, base::ByteSpan answer, Deadline deadline) {
  while (!answer.empty()) {
    pollfd readable{.fd = from_child, .events = POLLIN, .revents = 0};
    const int ready = poll(&readable, 1, deadline.milliseconds_left());
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
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  pollfd exited{.fd = pidfd, .events = POLLIN, .revents = 0};
  const bool gone = pidfd < 0 || poll(&exited, 1, kReapMs) > 0;
  waitpid(child, nullptr, gone ? 0 : WNOHANG);
  if (pidfd >= 0) {
    close(pidfd);
  }
}

}  // namespace

Errno run_in_child(base::ByteSpan answer, base::Duration limit,
                   const std::function<void()>& trial) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return errno;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    be_the_child(ends[1], answer, trial);
  }
  const Errno fork_error = child < 0 ? errno : 0;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return fork_error;
  }
  const Errno error = receive(ends[0], answer, Deadline(limit));
  close(ends[0]);
  if (error != 0) {
    kill(child, SIGKILL);
  }
  reap(child);
  return error;
}

}  // namespace superfluid::doctor
