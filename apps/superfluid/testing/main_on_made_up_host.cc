// SPDX-License-Identifier: Apache-2.0
// superfluid as it would answer on another machine: the doctor examines the one described in the
// file that SUPERFLUID_MADE_UP_HOST names. For golden tests; not installed.

#include <cstdlib>
#include <vector>

#include "os/files.h"
#include "superfluid/cli/commands.h"
#include "superfluid/cli/entry.h"
#include "superfluid/doctor/doctor.h"
#include "superfluid/testing/made_up_host.h"

namespace {

using namespace superfluid;

base::Status examine_made_up_host(const cli::Invocation&, cli::Output& output) {
  const char* path = std::getenv("SUPERFLUID_MADE_UP_HOST");
  SF_TRY(text, os::read_text(path != nullptr ? path : "", base::mib(1)));
  return doctor::examine(testing::MadeUpHost::from_text(text), output);
}

}  // namespace

int main(int argc, char** argv) {
  const cli::Table real = cli::commands();
  std::vector<cli::Command> table(real.begin(), real.end());
  for (cli::Command& row : table) {
    if (row.path == "doctor") {
      row.handler = examine_made_up_host;
    }
  }
  return cli::enter(table, argc, argv);
}
