// SPDX-License-Identifier: Apache-2.0
#include "os/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/text.h"
#include "os/clock.h"
#include "os/event_loop.h"
#include "os/files.h"
#include "os/unix_socket.h"
#include "support/error_of.h"
#include "support/resource_limit.h"

namespace superfluid::os {
namespace {

using superfluid::testing::error_of;

using base::ErrorCode;
using base::seconds;
using superfluid::testing::LoweredLimit;
using ::testing::HasSubstr;

Command shell(std::string script) { return {.argv = {"sh", "-c", std::move(script)}}; }

bool exists(pid_t pid) { return ::kill(pid, 0) == 0; }

TEST(Process, ReportsHowItEnded) {
  auto child = Process::spawn(shell("exit 3"));
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->wait(seconds(60)).value(), (ExitStatus{.code = 3, .signal = 0}));
  EXPECT_EQ(child->wait(seconds(60)).value()->to_string(), "exit status 3");
  EXPECT_TRUE(child->signal(SIGTERM).has_value());  // of no consequence any more
  auto killed = Process::spawn(shell("kill -9 $$"));
  ASSERT_TRUE(killed.has_value());
  EXPECT_EQ(killed->wait(seconds(60)).value()->to_string(), "killed by signal 9");
}

TEST(Process, ReportsWhyItCouldNotStart) {
  const auto absent = Process::spawn({.argv = {"/absent/program"}});
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().message(), "start /absent/program: execute: no such file or directory");
  EXPECT_EQ(error_of(Process::spawn({.argv = {"/etc/passwd"}})), ErrorCode::kNotPermitted);
  EXPECT_THAT(Process::spawn({.argv = {"true"}, .directory = "/absent"}).error().message(),
              HasSubstr("change the directory"));
  EXPECT_THAT(Process::spawn({.argv = {"true"}, .grants = {{-1, 3}}}).error().message(),
              HasSubstr("arrange descriptors"));
  EXPECT_THAT(Process::spawn({.argv = {"true"}, .net_namespace = 0}).error().message(),
              HasSubstr("enter the network namespace"));
  EXPECT_EQ(error_of(Process::spawn({.argv = {}})), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(Process::spawn({.argv = {"true"}, .grants = {{1, 1024}}})),
            ErrorCode::kInvalid);
}

TEST(Process, SaysThatDescriptorsRanOut) {
  const LoweredLimit limit(RLIMIT_NOFILE, 0);
  EXPECT_EQ(error_of(Process::spawn(shell("true"))), ErrorCode::kExhausted);
}

TEST(Process, WaitingIsBounded) {
  auto child = Process::spawn({.argv = {"sleep", "600"}});
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->wait(base::milliseconds(1)).value(), std::nullopt);
  EXPECT_EQ(child->terminate(seconds(60)).value().signal, SIGTERM);
}

TEST(Process, AChildThatIgnoresSigtermIsKilled) {
  const auto ends = UnixSocket::pair(SocketKind::kStream);
  ASSERT_TRUE(ends.has_value());
  Command command = shell("trap '' TERM; echo ready >&3; exec sleep 600");
  command.grants = {{ends->second.fd(), 3}};
  auto child = Process::spawn(command);
  ASSERT_TRUE(child.has_value());
  std::array<std::uint8_t, 16> ready;
  ASSERT_EQ(::read(ends->first.fd(), ready.data(), ready.size()), 6);
  EXPECT_EQ(child->terminate(base::milliseconds(50)).value().signal, SIGKILL);
}

TEST(Process, LeavesNoChildBehind) {
  pid_t pid = 0;
  {
    auto child = Process::spawn({.argv = {"sleep", "600"}});
    ASSERT_TRUE(child.has_value());
    pid = child->pid();
    EXPECT_TRUE(exists(pid));
  }
  EXPECT_FALSE(exists(pid));
}

TEST(Process, GivesTheChildWhatWasGrantedAndNothingElse) {
  const UniqueFd leak(::open("/dev/null", O_RDONLY));  // not close-on-exec
  auto null = open_file("/dev/null", O_RDWR);
  ASSERT_TRUE(null.has_value());
  Command command = shell("ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/9");
  command.grants = {{null->get(), 9}};
  const auto seen = run(command);
  ASSERT_TRUE(seen.has_value());
  // 3 is the directory that ls itself reads.
  EXPECT_EQ(seen->out, "0 1 2 3 9 /dev/null\n");
}

TEST(Process, GrantsMaySwapDescriptors) {
  const auto first = UnixSocket::pair(SocketKind::kStream);
  const auto second = UnixSocket::pair(SocketKind::kStream);
  ASSERT_TRUE(first.has_value() && second.has_value());
  const int a = first->second.fd();
  const int b = second->second.fd();
  Command command = shell("echo a >&" + std::to_string(a) + "; echo b >&" + std::to_string(b));
  command.grants = {{a, b}, {b, a}};
  auto child = Process::spawn(command);
  ASSERT_TRUE(child.has_value());
  ASSERT_TRUE(child->wait(seconds(60)).value()->success());
  std::array<char, 2> text;
  ASSERT_EQ(::read(second->first.fd(), text.data(), text.size()), 2);
  EXPECT_EQ(text[0], 'a');
}

// Descriptors were once moved above 1024, which most limits do not allow.
TEST(Process, StartsUnderASmallLimitOfDescriptors) {
  const testing::LoweredLimit limit(RLIMIT_NOFILE, 64);
  Command command = shell("readlink /proc/self/fd/9");
  const auto null = open_file("/dev/null", O_RDWR);
  ASSERT_TRUE(null.has_value());
  command.grants = {{null->get(), 9}};
  const auto seen = run(command);
  ASSERT_TRUE(seen.has_value()) << seen.error().to_string();
  EXPECT_EQ(seen->out, "/dev/null\n");
}

TEST(Process, RunsWithTheEnvironmentAndDirectoryGiven) {
  Command command = shell("echo $COLOUR; pwd");
  command.environment = {"COLOUR=green", "PATH=/usr/bin:/bin"};
  command.directory = "/usr";
  EXPECT_EQ(run(command).value().out, "green\n/usr\n");
}

// The C library keeps signals 32 and 33 for itself and refuses to set them; whoever started the
// parent may have ignored them all the same. The kernel's own call, then.
TEST(Process, ResetsSignalsThatTheCLibraryKeepsForItself) {
  struct {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    unsigned long mask;
  } before{}, ignore{SIG_IGN, 0, nullptr, 0};
  constexpr int kKept = 32;
  ASSERT_EQ(::syscall(SYS_rt_sigaction, kKept, &ignore, &before, sizeof ignore.mask), 0);
  const auto seen = run(shell("grep SigIgn /proc/self/status"));
  ASSERT_EQ(::syscall(SYS_rt_sigaction, kKept, &before, nullptr, sizeof ignore.mask), 0);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->out, "SigIgn:\t0000000000000000\n");
}

TEST(Process, ResetsSignalsThatTheParentBlockedOrIgnored) {
  const SystemClock clock;
  const auto loop = std::move(EventLoop::create(clock).value());
  const auto taken = loop->on_signal(SIGUSR1, [] {});
  ASSERT_TRUE(taken.has_value());
  const auto before = std::signal(SIGUSR2, SIG_IGN);
  const auto seen = run(shell("grep -E 'SigBlk|SigIgn' /proc/self/status"));
  std::signal(SIGUSR2, before);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, DiesWithItsParent) {
  // The middle process starts a sleeper, says its number, and is killed.
  const auto ends = UnixSocket::pair(SocketKind::kSeqpacket);
  ASSERT_TRUE(ends.has_value());
  const pid_t middle = ::fork();
  if (middle == 0) {
    auto child = Process::spawn({.argv = {"sleep", "600"}});
    const pid_t pid = child.has_value() ? child->pid() : -1;
    (void)!::write(ends->second.fd(), &pid, sizeof pid);
    ::pause();
    ::_exit(0);
  }
  pid_t sleeper = 0;
  ASSERT_EQ(::read(ends->first.fd(), &sleeper, sizeof sleeper), ssize_t{sizeof sleeper});
  ASSERT_GT(sleeper, 0);
  ::kill(middle, SIGKILL);
  ::waitpid(middle, nullptr, 0);
  // Whoever inherited it reaps it in its own time; what matters is that it runs no more.
  const std::string path = "/proc/" + std::to_string(sleeper) + "/stat";
  while (true) {
    const auto stat = read_text(path, base::kib(4));
    if (!stat || stat->find(") Z ") != std::string::npos) {
      break;
    }
    ::sched_yield();
  }
}

TEST(Run, KeepsBothStreamsApartAndFeedsTheInput) {
  const std::string input(300'000, 'i');
  const auto outcome = run(shell("wc -c; echo oops >&2"), {.input = base::bytes_of(input)});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->status.success());
  EXPECT_EQ(outcome->out, "300000\n");
  EXPECT_EQ(outcome->err, "oops\n");
  EXPECT_FALSE(outcome->truncated);
}

TEST(Run, SurvivesAChildThatReadsNothing) {
  const std::string input(300'000, 'i');
  const auto outcome = run(shell("exit 0"), {.input = base::bytes_of(input)});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->status.success());
}

TEST(Run, CutsOutputAtTheLimit) {
  const auto outcome = run(shell("head -c 100000 /dev/zero"), {.output_max = base::bytes(10)});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->out.size(), 10u);
  EXPECT_TRUE(outcome->truncated);
}

TEST(Run, KillsWhatTakesTooLong) {
  const auto silent = run({.argv = {"sleep", "600"}}, {.time_max = base::milliseconds(20)});
  EXPECT_EQ(error_of(silent), ErrorCode::kTimedOut);
  const auto flooding = run({.argv = {"yes"}}, {.time_max = base::milliseconds(20)});
  EXPECT_EQ(error_of(flooding), ErrorCode::kTimedOut);
}

TEST(Run, DoesNotWaitForAGrandchildThatKeepsTheOutputOpen) {
  const auto outcome = run(shell("sleep 600 & echo $!"));
  ASSERT_TRUE(outcome.has_value());
  const auto grandchild = base::parse_u64(base::trim(outcome->out));
  ASSERT_TRUE(grandchild.has_value());
  EXPECT_EQ(::kill(static_cast<pid_t>(*grandchild), SIGKILL), 0);
}

TEST(Run, SaysWhichProgramFailed) {
  EXPECT_THAT(run({.argv = {"absent-program"}}).error().to_string(), HasSubstr("absent-program"));
}

}  // namespace
}  // namespace superfluid::os
