// SPDX-License-Identifier: Apache-2.0
#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <utility>

// glibc 2.36 declares these without saying that they are C.
extern "C" {
#include <sys/pidfd.h>
}

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/errno.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;

enum class Step : int { kParentGone, kNamespace, kDirectory, kDescriptors, kExec };

std::string_view name_of(Step step) {
  switch (step) {
    case Step::kParentGone: return "outlive the parent";
    case Step::kNamespace: return "enter the network namespace";
    case Step::kDirectory: return "change the directory";
    case Step::kDescriptors: return "arrange descriptors";
    case Step::kExec: return "execute";
  }
  return "start";
}

// What the child tells through the pipe when it cannot become the program.
struct Complaint {
  Step step;
  int number;
};

// All that the child needs, laid out before the fork: between fork and exec it must not allocate,
// since another thread may have held the allocator's lock.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* directory = nullptr;
  std::vector<Command::Grant> grants;
  int complain = -1;
  int net_namespace = -1;
  pid_t parent = 0;
  bool die_with_parent = false;
  bool own_session = false;
};

[[noreturn]] void complain(const Plan& plan, Step step) {
  const Complaint complaint{step, errno};
  (void)!::write(plan.complain, &complaint, sizeof complaint);
  ::_exit(127);
}

// As the kernel knows it. The C library's own call refuses the two signals that it keeps for
// itself, and a parent may have left those ignored as well.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

void reset_signals() {
  const KernelSigaction by_default{SIG_DFL, 0, nullptr, 0};
  for (int signal = 1; signal < NSIG; ++signal) {  // fails for SIGKILL and SIGSTOP, as it should
    ::syscall(SYS_rt_sigaction, signal, &by_default, nullptr, sizeof by_default.mask);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Every source is first moved above all targets, so that no grant overwrites another's source.
bool arrange_descriptors(Plan& plan) {
  int above = STDERR_FILENO + 1;
  for (const Command::Grant& grant : plan.grants) {
    above = std::max(above, grant.theirs + 1);
  }
  plan.complain = ::fcntl(plan.complain, F_DUPFD_CLOEXEC, above);
  if (plan.complain < 0) {
    return false;
  }
  for (Command::Grant& grant : plan.grants) {
    grant.ours = ::fcntl(grant.ours, F_DUPFD_CLOEXEC, above);
    if (grant.ours < 0) {
      return false;
    }
  }
  if (::close_range(3, std::numeric_limits<unsigned>::max(), CLOSE_RANGE_CLOEXEC) != 0) {
    return false;
  }
  for (const Command::Grant& grant : plan.grants) {
    if (::dup2(grant.ours, grant.theirs) < 0) {
      return false;
    }
  }
  return true;
}

// In the child. Only async-signal-safe calls from here to exec.
[[noreturn]] void become(Plan& plan) {
  reset_signals();
  if (plan.own_session) {
    ::setsid();  // cannot fail: a child just forked leads no group
  }
  if (plan.die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) {  // it died before the request was made
      errno = ESRCH;
      complain(plan, Step::kParentGone);
    }
  }
  if (plan.net_namespace >= 0 && ::setns(plan.net_namespace, CLONE_NEWNET) != 0) {
    complain(plan, Step::kNamespace);
  }
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0) {
    complain(plan, Step::kDirectory);
  }
  if (const int before = plan.complain; !arrange_descriptors(plan)) {
    plan.complain = plan.complain < 0 ? before : plan.complain;
    complain(plan, Step::kDescriptors);
  }
  char** environment = plan.environment.empty() ? environ : plan.environment.data();
  ::execvpe(plan.argv[0], plan.argv.data(), environment);
  complain(plan, Step::kExec);
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) {
    // rules: allow const-cast: execve() takes char*, and changes nothing
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

base::Status check_command(const Command& command) {
  if (command.argv.empty() || command.argv[0].empty()) {
    return base::fail(ErrorCode::kInvalid, "no program is named");
  }
  for (const Command::Grant& grant : command.grants) {
    if (grant.theirs < 0 || grant.theirs >= Command::kGrantedFdMax) {
      return base::fail(ErrorCode::kInvalid,
                        base::cat("descriptor ", grant.theirs, " cannot be granted, the limit is ",
                                  Command::kGrantedFdMax));
    }
  }
  return {};
}

// Rounded up: a wait never ends early. Days are enough for anybody.
int poll_milliseconds(base::Duration duration) {
  const std::int64_t one = base::milliseconds(1).count();
  const std::int64_t most = 1'000'000'000;
  return static_cast<int>(std::clamp((duration.count() + one - 1) / one, std::int64_t{0}, most));
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

base::Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail_errno("create a pipe", errno);
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace

std::string ExitStatus::to_string() const {
  return signal != 0 ? base::cat("killed by signal ", signal) : base::cat("exit status ", code);
}

base::Result<Process> Process::spawn(const Command& command) {
  SF_CHECKED(check_command(command));
  SF_TRY(complaints, make_pipe());
  Plan plan{
      .argv = pointers_to(command.argv),
      .environment = command.environment ? pointers_to(*command.environment) : std::vector<char*>(),
      .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
      .grants = command.grants,
      .complain = complaints.write.get(),
      .net_namespace = command.net_namespace,
      .parent = ::getpid(),
      .die_with_parent = command.die_with_parent,
      .own_session = command.own_session};
  // No handler of ours may run in the child before it has put the signals to their defaults.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(plan);
  }
  const int why = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return fail_errno("fork", why);
  }
  UniqueFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) {
    const int number = errno;
    ::kill(pid, SIGKILL);  // not reaped yet, so the number is still the child's
    ::waitpid(pid, nullptr, 0);
    return fail_errno("open a pidfd", number);
  }
  Process child(pid, std::move(pidfd));
  complaints.write.reset();
  Complaint complaint{};
  ssize_t got = 0;
  do {
    got = ::read(complaints.read.get(), &complaint, sizeof complaint);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof complaint) {
    return fail_errno(base::cat("start ", command.argv[0], ": ", name_of(complaint.step)),
                      complaint.number);
  }
  return child;
}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
    ended_ = other.ended_;
  }
  return *this;
}

Process::~Process() { end(); }

void Process::end() {
  if (pidfd_ && !ended_) {
    (void)terminate(base::Duration());
  }
}

base::Result<std::optional<ExitStatus>> Process::wait(base::Duration wait_max) {
  if (ended_) {
    return ended_;
  }
  const SystemClock clock;
  const base::Instant deadline = clock.now() + wait_max;
  pollfd watched{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&watched, 1, poll_milliseconds(deadline - clock.now()));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) {
    return fail_errno("wait for a process", errno);
  }
  if (ready == 0) {
    return std::nullopt;
  }
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0) {
    return fail_errno("take the status of a process", errno);
  }
  ended_ = info.si_code == CLD_EXITED ? ExitStatus{.code = info.si_status, .signal = 0}
                                      : ExitStatus{.code = 0, .signal = info.si_status};
  return ended_;
}

base::Status Process::signal(int number) {
  if (!ended_ && ::pidfd_send_signal(pidfd_.get(), number, nullptr, 0) != 0 && errno != ESRCH) {
    return fail_errno(base::cat("send signal ", number), errno);
  }
  return {};
}

base::Result<ExitStatus> Process::terminate(base::Duration grace) {
  if (grace > base::Duration()) {
    SF_CHECKED(signal(SIGTERM));
    SF_TRY(ended, wait(grace));
    if (ended) {
      return *ended;
    }
  }
  SF_CHECKED(signal(SIGKILL));
  while (true) {
    SF_TRY(ended, wait(base::seconds(60)));
    if (ended) {
      return *ended;
    }
  }
}

namespace {

// The parent's ends of a child's three streams, served until the child has ended.
class Conversation {
 public:
  Conversation(Pipe in, Pipe out, Pipe err, const RunOptions& options)
      : options_(options), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}

  void grant(Command& command) const {
    std::erase_if(command.grants, [](const Command::Grant& grant) { return grant.theirs <= 2; });
    command.grants.push_back({in_.read.get(), 0});
    command.grants.push_back({out_.write.get(), 1});
    command.grants.push_back({err_.write.get(), 2});
  }

  base::Result<RunOutcome> hold(Process& child) {
    in_.read.reset();
    out_.write.reset();
    err_.write.reset();
    for (const UniqueFd* end : {&in_.write, &out_.read, &err_.read}) {
      ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
    }
    if (options_.input.empty()) {
      in_.write.reset();
    }
    const SystemClock clock;
    const base::Instant deadline = clock.now() + options_.time_max;
    while (true) {
      const base::Duration left = deadline - clock.now();
      if (left <= base::Duration()) {
        return base::fail(ErrorCode::kTimedOut,
                          base::cat("no end within ", base::to_string(options_.time_max)));
      }
      SF_TRY(ended, serve(child, left));
      if (ended) {
        outcome_.status = *ended;
        return std::move(outcome_);
      }
    }
  }

 private:
  base::Result<std::optional<ExitStatus>> serve(Process& child, base::Duration wait_max) {
    // poll() ignores negative descriptors: streams that are closed.
    std::array<pollfd, 4> watched{{{child.pidfd(), POLLIN, 0},
                                   {in_.write.get(), POLLOUT, 0},
                                   {out_.read.get(), POLLIN, 0},
                                   {err_.read.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), poll_milliseconds(wait_max)) < 0 && errno != EINTR) {
      return fail_errno("talk to a process", errno);
    }
    SF_TRY(ended, child.wait(base::Duration()));
    // After the end too: what it printed last is in the pipes. A grandchild that still holds them
    // is not waited for.
    feed();
    take(out_.read, outcome_.out);
    take(err_.read, outcome_.err);
    return ended;
  }

  void feed() {
    if (!in_.write) {
      return;
    }
    // A child that closed its input raises SIGPIPE here; it is taken back, the answer is EPIPE.
    const ssize_t put = write_without_sigpipe(in_.write.get(), options_.input.subspan(fed_));
    if (put > 0) {
      fed_ += static_cast<std::size_t>(put);
    }
    if (fed_ == options_.input.size() || (put < 0 && errno != EAGAIN && errno != EINTR)) {
      in_.write.reset();
    }
  }

  static ssize_t write_without_sigpipe(int fd, base::ByteView bytes) {
    sigset_t pipe;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::sigpending(&pending);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    const int why = errno;
    if (put < 0 && why == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
      const timespec now{};
      ::sigtimedwait(&pipe, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = why;
    return put;
  }

  void take(UniqueFd& from, std::string& into) {
    std::array<char, 16 << 10> chunk;
    // A full pipe is taken whole; a child that floods does not keep us from the clock.
    for (int chunks = 0; from && chunks < 64; ++chunks) {
      const ssize_t got = ::read(from.get(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0 && errno == EAGAIN) {
        return;
      }
      if (got <= 0) {
        from.reset();
        return;
      }
      const std::size_t room = options_.output_max.count() - into.size();
      const std::size_t kept = std::min(room, static_cast<std::size_t>(got));
      into.append(chunk.data(), kept);
      outcome_.truncated |= kept < static_cast<std::size_t>(got);
    }
  }

  const RunOptions& options_;
  Pipe in_;
  Pipe out_;
  Pipe err_;
  std::size_t fed_ = 0;
  RunOutcome outcome_;
};

}  // namespace

base::Result<RunOutcome> run(Command command, const RunOptions& options) {
  SF_TRY(in, make_pipe());
  SF_TRY(out, make_pipe());
  SF_TRY(err, make_pipe());
  const std::string program = command.argv.empty() ? "" : command.argv[0];
  Conversation conversation(std::move(in), std::move(out), std::move(err), options);
  conversation.grant(command);
  SF_TRY(child, Process::spawn(command));
  auto outcome = conversation.hold(child);
  if (!outcome) {
    const base::Error& why = outcome.error();
    return base::pass(
        base::Error(why.code(), base::cat("run ", base::escape(program))).caused_by(why));
  }
  return outcome;
}

}  // namespace superfluid::os
