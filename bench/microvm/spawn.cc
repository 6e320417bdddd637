// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "microvm/contenders.h"
#include "os/errno.h"
#include "os/unique_fd.h"

namespace superfluid::bench {
namespace {

struct Child {
  pid_t pid = -1;
};

base::Result<base::Duration> spawn(const Surroundings& surroundings, Child& child) {
  // posix_spawn takes its arguments as it hands them to main(): not const, and not written to.
  std::string program = surroundings.child;
  std::array<char*, 2> argv = {program.data(), nullptr};
  const base::Instant begin = surroundings.clock.now();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return os::fail_errno("make a pipe", errno);
  }
  const os::UniqueFd from(ends[0]);
  os::UniqueFd to(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
  const int refused =
      ::posix_spawn(&child.pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    child.pid = -1;
    return os::fail_errno("spawn " + program, refused);
  }
  to.reset();
  char byte = 0;
  if (::read(from.get(), &byte, 1) != 1) {
    return base::fail(base::ErrorCode::kFailed, program + " wrote nothing");
  }
  return surroundings.clock.now() - begin;
}

}  // namespace

base::Result<Contender> spawn_of_a_process(const Surroundings& surroundings) {
  auto child = std::make_shared<Child>();
  return Contender{.name = "spawn of a static process to its first byte",
                   .sample = [surroundings, child] { return spawn(surroundings, *child); },
                   .tidy = [child]() -> base::Status {
                     if (::waitpid(child->pid, nullptr, 0) != child->pid) {
                       return os::fail_errno("wait for a child", errno);
                     }
                     return {};
                   }};
}

}  // namespace superfluid::bench
