// SPDX-License-Identifier: Apache-2.0
#include "os/fork.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>

extern "C" {
#include <sys/pidfd.h>
}

#include "base/check.h"
#include "os/errno.h"

namespace superfluid::os {
namespace {

constexpr unsigned kCloseRangeUnshare = 1u << 1;  // CLOSE_RANGE_UNSHARE

// The child's first step, or its end.
void wait_for(const UniqueFd& told, const UniqueFd& pidfd) {
  std::array<pollfd, 2> watched{{{told.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
}

ExitStatus status_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? ExitStatus{.code = info.si_status, .signal = 0}
                                    : ExitStatus{.code = 0, .signal = info.si_status};
}

}  // namespace

base::Result<Forker> Forker::create(std::size_t grants) {
  Forker forker;
  for (std::size_t i = 0; i <= grants; ++i) {
    UniqueFd made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!made) {
      return fail_errno("create an eventfd", errno);
    }
    forker.slots_.push_back(std::move(made));
  }
  // The kernel gives the lowest free number, so the last is the highest unless numbers were free
  // in between; then a child begins with a few more.
  forker.told_ = std::move(forker.slots_.back());
  forker.slots_.pop_back();
  return forker;
}

base::Status Forker::fill(std::span<const int> with) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const int fd = with.empty() ? told_.get() : with[i];
    if (::dup3(fd, slots_[i].get(), O_CLOEXEC) < 0) {
      return fail_errno("place a descriptor", errno);
    }
  }
  return {};
}

// From here on the table is the child's own.
void Forker::begin_child() {
  const auto first = static_cast<unsigned>(told_.get()) + 1;
  if (::syscall(SYS_close_range, first, std::numeric_limits<unsigned>::max(), kCloseRangeUnshare) !=
      0) {
    ::_exit(127);
  }
  const std::uint64_t one = 1;
  (void)!::write(told_.get(), &one, sizeof one);
  told_.reset();
}

base::Result<std::optional<Forked>> Forker::fork(std::span<const int> grants) {
  base::check(grants.size() == slots_.size(), "a child is granted what its Forker was made for");
  SF_CHECKED(fill(grants));
  int pidfd = -1;
  const long pid =
      ::syscall(SYS_clone, CLONE_FILES | CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, 0);
  const int why = errno;
  if (pid == 0) {
    begin_child();
    return std::nullopt;
  }
  std::optional<Forked> forked;
  if (pid > 0) {
    forked = Forked{.pid = static_cast<pid_t>(pid), .pidfd = UniqueFd(pidfd)};
    wait_for(told_, forked->pidfd);
    std::uint64_t ignored = 0;
    (void)!::read(told_.get(), &ignored, sizeof ignored);
  }
  SF_CHECKED(fill({}));  // else the grants stay open here
  if (!forked) {
    return fail_errno("fork", why);
  }
  return forked;
}

std::optional<Reaped> reap_any() {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
    return std::nullopt;
  }
  return Reaped{.pid = info.si_pid, .status = status_of(info)};
}

base::Result<UniqueFd> open_pidfd(pid_t pid) {
  UniqueFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) {
    return fail_errno("open a pidfd", errno);
  }
  return pidfd;
}

base::Status send_signal(const UniqueFd& pidfd, int signal) {
  if (::pidfd_send_signal(pidfd.get(), signal, nullptr, 0) != 0 && errno != ESRCH) {
    return fail_errno("send a signal", errno);
  }
  return {};
}

base::Result<bool> detach() {
  const pid_t pid = ::fork();
  if (pid < 0) {
    return fail_errno("fork", errno);
  }
  if (pid > 0) {
    return false;
  }
  if (::setsid() < 0) {
    return fail_errno("begin a session", errno);
  }
  return true;
}

base::Status die_with_parent(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return fail_errno("ask to die with the parent", errno);
  }
  if (::getppid() != parent) {  // it died before the request was made
    return base::fail(base::ErrorCode::kConflict, "the parent is gone");
  }
  return {};
}

}  // namespace superfluid::os
