// SPDX-License-Identifier: Apache-2.0
// Forker: fork(), for a program of one thread that holds very many descriptors. The child begins
// with the few that were open before the Forker was made, and with those that it is granted.
//
//   SF_TRY(forker, Forker::create(2));                        // a child is granted two
//   ...                                                       // descriptors of the parent's own
//   SF_TRY(forked, forker.fork({{channel.fd(), memory.get()}}));
//   if (!forked) { serve(forker.granted(0), forker.granted(1)); _exit(0); }
//
// A plain fork() copies the whole table of descriptors, and the copy stays as large as it was when
// most of it is closed: with 20,000 descriptors that is 160 KiB for each child. So the child starts
// out on its parent's table and takes its own, of the size that it needs, as its first step; the
// parent waits for that.
//
// Invariants
//   1. In the child, memory is a copy. Descriptors that were opened after the Forker are closed;
//      their owners must not be destroyed there, since the number may be another's by then.
//   2. No handlers of pthread_atfork() are called, so no other thread may exist.
//
// Threads: the only one.

#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "os/process.h"
#include "os/unique_fd.h"

namespace superfluid::os {

struct Forked {
  pid_t pid;
  UniqueFd pidfd;
};

class Forker {
 public:
  static base::Result<Forker> create(std::size_t grants);

  // nullopt: this is the child. REQUIRES as many grants as create() was told.
  base::Result<std::optional<Forked>> fork(std::span<const int> grants);
  // In the child, once each.
  UniqueFd granted(std::size_t i) { return std::move(slots_[i]); }

 private:
  Forker() = default;
  base::Status fill(std::span<const int> with);
  void begin_child();

  std::vector<UniqueFd> slots_;  // lower numbers than told_; between two forks they stand for it
  UniqueFd told_;                // the last that a child begins with: by it the parent is told
};

// A child that has ended, taken away; nullopt when there is none now.
struct Reaped {
  pid_t pid;
  ExitStatus status;
};
std::optional<Reaped> reap_any();

// By pidfd, also of somebody else's child. Nothing happens to a process that has ended.
base::Result<UniqueFd> open_pidfd(pid_t pid);
base::Status send_signal(const UniqueFd& pidfd, int signal);

// Goes on as a process of its own session whose parent is not the caller: true there; false in the
// caller, which has nothing left to do.
base::Result<bool> detach();

// SIGKILL for this process when its parent's thread ends. kConflict when `parent` is gone already.
// A later change of user would forget it.
base::Status die_with_parent(pid_t parent);

}  // namespace superfluid::os
