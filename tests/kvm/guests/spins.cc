// SPDX-License-Identifier: Apache-2.0
// Says LIVE and never leaves again.
#include "kvm/guests/guest.h"

void guest_main(abi::DevicePage*) {
  leave(abi::Exit::kReady);
  leave(abi::Exit::kLive);
  for (;;) {
    guest_page().rounds = guest_page().rounds + 1;
  }
}
