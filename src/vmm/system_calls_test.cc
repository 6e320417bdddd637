// SPDX-License-Identifier: Apache-2.0
#include "vmm/system_calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kvm.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "os/confine.h"
#include "os/unix_socket.h"

namespace superfluid::vmm {
namespace {

constexpr int kExitNoFilter = 9;

class SystemCallsDeathTest : public ::testing::TestWithParam<GuestsIn> {
 protected:
  // In a child that has given its system calls away.
  static void behind_filter(GuestsIn guests_in, const std::function<void()>& act) {
    const auto filter = build_filter(guests_in);
    if (!filter || !os::drop_capabilities() || !os::install_filter(*filter)) {
      ::_exit(kExitNoFilter);
    }
    act();
    ::_exit(0);
  }
  static void expect_killed(GuestsIn guests_in, const char* what,
                            const std::function<void()>& act) {
    EXPECT_EXIT(behind_filter(guests_in, act), ::testing::KilledBySignal(SIGSYS), "") << what;
  }
};

TEST_P(SystemCallsDeathTest, WhatAMonitorNeedsIsAllowed) {
  const os::UniqueFd bell(::eventfd(0, EFD_CLOEXEC));
  const auto ends = os::UnixSocket::pair(os::SocketKind::kSeqpacket, os::Waiting::kNever);
  ASSERT_TRUE(bell && ends);
  EXPECT_EXIT(behind_filter(GetParam(),
                            [&] {
                              constexpr std::uint64_t kOne = 1;
                              timespec now{};
                              const bool done =
                                  ::write(bell.get(), &kOne, sizeof kOne) == sizeof kOne &&
                                  ::send(ends->first.fd(), "x", 1, 0) == 1 &&
                                  ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 &&
                                  ::fcntl(bell.get(), F_DUPFD_CLOEXEC, 0) >= 0;
                              ::_exit(done ? 0 : 1);
                            }),
              ::testing::ExitedWithCode(0), "");
}

TEST_P(SystemCallsDeathTest, AnythingElseEndsTheProcess) {
  const GuestsIn in = GetParam();
  expect_killed(in, "socket", [] { ::socket(AF_UNIX, SOCK_STREAM, 0); });
  expect_killed(in, "connect", [] { ::connect(0, nullptr, 0); });
  expect_killed(in, "fork", [] { ::syscall(SYS_fork); });
  expect_killed(in, "clone", [] { ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); });
  expect_killed(in, "execve", [] { ::execl("/bin/true", "true", nullptr); });
  expect_killed(in, "kill", [] { ::kill(::getpid(), 0); });
  expect_killed(in, "ptrace", [] { ::syscall(SYS_ptrace, 0, 0, 0, 0); });
  expect_killed(in, "unlink", [] { ::unlink("/nowhere"); });
  expect_killed(in, "setuid", [] { ::syscall(SYS_setuid, 0); });
  expect_killed(in, "a terminal's ioctl", [] { ::ioctl(0, TIOCSTI, "x"); });
  expect_killed(in, "a machine's creation", [] { ::ioctl(0, KVM_CREATE_VM, 0); });
  expect_killed(in, "memory that can be executed",
                [] { ::syscall(SYS_mmap, nullptr, 4096, 4, 0x22, -1, 0); });
  expect_killed(in, "a message to a stranger", [] {
    const sockaddr to{};
    ::sendto(0, "x", 1, 0, &to, sizeof to);
  });
}

TEST_P(SystemCallsDeathTest, OnlyMachinesAskKvm) {
  const auto ask = [] { ::ioctl(0, KVM_RUN, 0); };
  if (GetParam() == GuestsIn::kProcesses) {
    expect_killed(GetParam(), "KVM_RUN", ask);
  } else {
    EXPECT_EXIT(behind_filter(GetParam(), ask), ::testing::ExitedWithCode(0), "");
  }
}

INSTANTIATE_TEST_SUITE_P(GuestsIn, SystemCallsDeathTest,
                         ::testing::Values(GuestsIn::kMachines, GuestsIn::kProcesses));

}  // namespace
}  // namespace superfluid::vmm
