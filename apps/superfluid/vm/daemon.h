// SPDX-License-Identifier: Apache-2.0
// The node as a process: `superfluid up`, from its socket to the last function's end.
//
// Threads: the caller's, until it ends.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/node.h"
#include "base/result.h"
#include "superfluid/cli/command.h"
#include "superfluid/cli/output.h"

namespace superfluid::vm {

struct DaemonOptions {
  std::string socket;
  std::string machines;   // superfluid-vmm
  std::string guest;      // the guest's image
  std::string processes;  // superfluid-process
  std::optional<gid_t> group;
  std::uint32_t pool = 8;
};

// What runs functions, owned as long as the node runs.
struct Drivers {
  agent::Node::Driver microvm;
  agent::Node::Driver process;
  std::shared_ptr<void> owned;
  std::unique_ptr<agent::Wiring> wiring;
  std::unique_ptr<agent::Limits> limits;
};
using MakeDrivers =
    std::function<Drivers(os::EventLoop&, const base::Clock&, const DaemonOptions&)>;

Drivers real_drivers(os::EventLoop& loop, const base::Clock& clock, const DaemonOptions& options);

// Serves until SIGTERM, SIGINT or node.stop.
base::Status run_daemon(const DaemonOptions& options, const MakeDrivers& make_drivers);

// `superfluid up` with these; the one of the table has the real ones.
base::Status up_with(const cli::Invocation& invocation, cli::Output& output,
                     const MakeDrivers& make_drivers);
base::Status run_up(const cli::Invocation& invocation, cli::Output& output);
base::Status run_down(const cli::Invocation& invocation, cli::Output& output);

}  // namespace superfluid::vm
