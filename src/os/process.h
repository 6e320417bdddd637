// SPDX-License-Identifier: Apache-2.0
// Process: a child program held by its pidfd, so that a number reused by the kernel never gets our
// signal.
//
//   SF_TRY(child, Process::spawn({.argv = {"sleep", "60"}}));
//   SF_TRY(status, child.terminate(base::seconds(1)));
//
// Invariants
//   1. spawn() succeeds only when the program runs: whatever the child could not do on its way
//      (namespace, directory, descriptors, exec) comes back as the Error, with its errno.
//   2. The child has descriptors 0, 1 and 2 and those granted, no others; signals unblocked and at
//      their defaults.
//   3. A Process that goes away with its child still running kills and reaps it. No zombies.
//   4. With `die_with_parent` the kernel kills the child when the *thread* that spawned it ends,
//      also by kill -9. Spawn from a thread that lives as long as the child may. (The kernel
//      forgets this for a program that gains privileges by being executed.)
//
// The program must not ignore SIGCHLD nor wait for "any child" elsewhere: both would take the
// child's status away.
//
// Why not posix_spawn: it knows neither namespaces nor parent-death signals.
//
// Threads: spawn() from any thread; one Process, one thread. Time: waits are the kernel's own
// (poll), since what is waited for is another program; pidfd() goes into an EventLoop.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unique_fd.h"

namespace superfluid::os {

// How a process ended: by exit(code), or by a signal (then code is 0).
struct ExitStatus {
  int code = 0;
  int signal = 0;

  bool success() const { return code == 0 && signal == 0; }
  std::string to_string() const;  // "exit status 3", "killed by signal 9"

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

struct Command {
  struct Grant {
    int ours;    // a descriptor of this process, which keeps it
    int theirs;  // its number in the child, below kGrantedFdMax
  };
  static constexpr int kGrantedFdMax = 1024;

  std::vector<std::string> argv;  // argv[0] without a slash is looked up on the PATH
  std::optional<std::vector<std::string>> environment = std::nullopt;  // "A=b"; else inherited
  std::string directory = {};                                          // else inherited
  std::vector<Grant> grants = {};
  int net_namespace = -1;  // descriptor of the namespace to run in; -1: this thread's
  bool die_with_parent = true;
  bool own_session = false;  // away from this process's terminal and its signals
};

class Process {
 public:
  static base::Result<Process> spawn(const Command& command);

  Process(Process&&) noexcept = default;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  // Readable once the process has ended.
  int pidfd() const { return pidfd_.get(); }

  // nullopt when it still runs after `wait_max`. Once ended, the same answer every time.
  base::Result<std::optional<ExitStatus>> wait(base::Duration wait_max);
  // Nothing happens to a process that has ended.
  base::Status signal(int number);
  // The program goes on without us; who is its parent then reaps it.
  void let_go() && { pidfd_.reset(); }
  // SIGTERM, then after `grace` SIGKILL; returns once it has ended.
  base::Result<ExitStatus> terminate(base::Duration grace);

 private:
  Process(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void end();

  pid_t pid_;
  UniqueFd pidfd_;
  std::optional<ExitStatus> ended_;
};

// Runs a program to its end and keeps what it prints.
struct RunOptions {
  base::ByteView input = {};
  base::ByteCount output_max = base::mib(1);  // of each stream; what is beyond is dropped
  base::Duration time_max = base::seconds(60);
};
struct RunOutcome {
  ExitStatus status;
  std::string out;
  std::string err;
  bool truncated = false;
};
// kTimedOut when it runs longer than time_max; it is killed then. The command's own grants for 0, 1
// and 2 are replaced.
base::Result<RunOutcome> run(Command command, const RunOptions& options = {});

}  // namespace superfluid::os
