// SPDX-License-Identifier: Apache-2.0
// superfluid-vmm: the zygote of a host's monitors of machines (vmm/zygote.h). Started by the node's
// daemon; by hand for nothing.

#include "vmm/kvm_shell.h"
#include "vmm/zygote.h"

int main(int argc, char** argv) {
  return superfluid::vmm::zygote_main(argc, argv, superfluid::vmm::open_kvm_shells);
}
