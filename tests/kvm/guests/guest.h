// SPDX-License-Identifier: Apache-2.0
// What every tiny guest begins with: a way in, and the way out. A guest is one file that defines
// guest_main() and shows one behaviour; guest.ld puts the image's header before it.

#pragma once

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/machine.h"

namespace abi = superfluid::abi;

extern "C" {
void guest_entry();
void guest_main(abi::DevicePage* page);
}

asm(R"(
  .text
  .globl guest_entry
guest_entry:
  xor %ebp, %ebp
  call guest_main
1: jmp 1b
)");

inline void leave(abi::Exit exit, std::uint8_t value = 0) {
  asm volatile("outb %0, %1" ::"a"(value), "d"(static_cast<std::uint16_t>(exit)) : "memory");
}

inline volatile abi::GuestPage& guest_page() {
  return *reinterpret_cast<volatile abi::GuestPage*>(abi::kRamBase + abi::kGuestPageAt);
}

// The test's wish, which it writes where an instance's name would be.
inline char wish_of(const abi::DevicePage* page) {
  return *static_cast<const volatile char*>(page->name);
}
