// SPDX-License-Identifier: Apache-2.0
// The monitor: a process that holds one shell, does what the daemon's messages say with it, and can
// do little else.
//
// It is forked by the zygote, gives away its user, its view of the host and its capabilities, makes
// and warms its shell, gives away its system calls, and says that it is warm. Then it waits for a
// start, and later the next.
//
// While the guest runs, a message interrupts it: the channel's arrival signals this thread, and the
// handler makes KVM return. So nothing that a guest does keeps the monitor from an order.
//
// Invariants
//   1. Between two lives the shell is wiped, ports are closed, and nothing of a guest is left here
//      but the log in the dossier.
//   2. A guest's exit does a bounded amount of work.
//   3. What the daemon does not read does not pile up here: while kOutgoingMax events wait, no
//      order is taken.
//   4. An error of the kernel's ends the process; the zygote tells of it. So does the end of a
//      guest whose shell takes no other, once the daemon has been told of that.
//
// Threads: one.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "os/unique_fd.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

using ShellFactory = std::function<base::Result<std::unique_ptr<Shell>>(const ShellSize&)>;

// What all monitors of a zygote have in common.
struct MonitorSetting {
  ShellFactory make_shell;
  std::optional<uid_t> user = std::nullopt;
  pid_t zygote = 0;
  std::vector<std::uint8_t> filter = {};  // vmm/system_calls.h
  os::UniqueFd empty_root = {};           // none: the host's files stay in sight
};

inline constexpr std::size_t kGrantsOfMonitor = 2;  // channel, dossier

// In the forked child.
[[noreturn]] void run_monitor(const MonitorSetting& setting, const ShellSize& size,
                              os::UniqueFd channel, os::UniqueFd dossier);

}  // namespace superfluid::vmm
