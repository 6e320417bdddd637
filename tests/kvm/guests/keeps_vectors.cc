// SPDX-License-Identifier: Apache-2.0
// Keeps a value in a vector register over an exit, 256 bits wide where the page says so; ends with
// 0 when it is still there.
#include "kvm/guests/guest.h"

void guest_main(abi::DevicePage* page) {
  const volatile abi::DevicePage& device = *page;
  std::uint64_t after[4] = {};
  if ((device.features & abi::kFeatureAvx2) != 0) {
    asm volatile(
        "vpcmpeqd %%ymm5, %%ymm5, %%ymm5; mov $1, %%al; outb %%al, $0x20\n"
        "vmovdqu %%ymm5, %0; vzeroupper"
        : "=m"(after)::"rax", "memory");
  } else {
    asm volatile(
        "pcmpeqd %%xmm5, %%xmm5; mov $1, %%al; outb %%al, $0x20\n"
        "movdqu %%xmm5, %0; movdqu %%xmm5, 16%0"
        : "=m"(after)::"rax", "xmm5", "memory");
  }
  bool kept = true;
  for (const volatile std::uint64_t& word : after) {
    kept &= word == ~0ull;
  }
  leave(abi::Exit::kEnd, kept ? 0 : 1);
}
