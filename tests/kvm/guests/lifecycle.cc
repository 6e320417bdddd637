// SPDX-License-Identifier: Apache-2.0
// Boots, says READY, takes its identity, says LIVE, and from then on counts how often it was woken.
#include "kvm/guests/guest.h"

static std::uint64_t counted = 7;

void guest_main(abi::DevicePage* page) {
  volatile abi::DevicePage& device = *page;
  guest_page().state = abi::GuestState::kReady;
  leave(abi::Exit::kReady);
  guest_page().incarnation = device.incarnation;
  guest_page().rounds = counted;
  guest_page().heap_used = device.random_seed[0];
  leave(abi::Exit::kLive, device.random_seed[0]);
  for (;;) {
    guest_page().rounds = ++counted;
    const std::uint64_t ticks = __builtin_ia32_rdtsc() - device.clock_base_tsc;
    guest_page().heap_bytes = device.clock_base_ns + (ticks >> 32) * device.clock_mult +
                              ((ticks & 0xffffffff) * device.clock_mult >> 32);
    leave(abi::Exit::kSleep);
  }
}
