// SPDX-License-Identifier: Apache-2.0
// superfluid as it would answer on another machine: the doctor examines the one described in the
// file that SUPERFLUID_MADE_UP_HOST names, and the node runs made-up machines (agent/testing.h),
// wherever the tests run. For golden tests; not installed.

#include <cstdlib>
#include <vector>

#include "agent/testing.h"
#include "os/files.h"
#include "superfluid/cli/commands.h"
#include "superfluid/cli/entry.h"
#include "superfluid/doctor/doctor.h"
#include "superfluid/testing/made_up_host.h"
#include "superfluid/vm/daemon.h"

namespace {

using namespace superfluid;

base::Status examine_made_up_host(const cli::Invocation&, cli::Output& output) {
  const char* path = std::getenv("SUPERFLUID_MADE_UP_HOST");
  SF_TRY(text, os::read_text(path != nullptr ? path : "", base::mib(1)));
  return doctor::examine(testing::MadeUpHost::from_text(text), output);
}

base::Status run_made_up_node(const cli::Invocation& invocation, cli::Output& output) {
  return vm::up_with(invocation, output,
                     [](os::EventLoop& loop, const base::Clock& clock, const vm::DaemonOptions&) {
                       const auto machines = std::make_shared<agent::MadeUpMachines>(loop, clock);
                       vm::Drivers drivers;
                       drivers.microvm.source = machines.get();
                       drivers.process.why_not = "made-up hosts have none";
                       drivers.owned = machines;
                       drivers.wiring = std::make_unique<agent::MadeUpWiring>();
                       return drivers;
                     });
}

}  // namespace

int main(int argc, char** argv) {
  const cli::Table real = cli::commands();
  std::vector<cli::Command> table(real.begin(), real.end());
  for (cli::Command& row : table) {
    if (row.path == "doctor") {
      row.handler = examine_made_up_host;
    } else if (row.path == "up") {
      row.handler = run_made_up_node;
    }
  }
  return cli::enter(table, argc, argv);
}
