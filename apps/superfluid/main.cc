// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/commands.h"
#include "superfluid/cli/entry.h"

int main(int argc, char** argv) {
  return superfluid::cli::enter(superfluid::cli::commands(), argc, argv);
}
