// SPDX-License-Identifier: Apache-2.0
// superfluid-process: the zygote of a host's monitors whose guests run in their own processes
// (drivers/process_shell.h). Started by the node's daemon; by hand for nothing.

#include "drivers/process_shell.h"
#include "vmm/zygote.h"

int main(int argc, char** argv) {
  return superfluid::vmm::zygote_main(argc, argv, superfluid::drivers::open_process_shells);
}
