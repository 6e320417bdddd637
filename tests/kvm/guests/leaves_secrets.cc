// SPDX-License-Identifier: Apache-2.0
// Puts a secret wherever a guest can: all of its memory behind the stack, its windows, the vector
// registers, the segment bases, and the general registers that it leaves with.
#include "kvm/guests/guest.h"

namespace {

constexpr std::uint64_t kSecret = 0x5ec2'e75e'c2e7'5ec2;

void fill(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t at = begin; at < end; at += sizeof kSecret) {
    *reinterpret_cast<volatile std::uint64_t*>(at) = kSecret;
  }
}

}  // namespace

extern "C" const unsigned char memory_end[];

void guest_main(abi::DevicePage* page) {
  const volatile abi::DevicePage& device = *page;
  fill((reinterpret_cast<std::uint64_t>(memory_end) + 7) & ~7ull, abi::kRamBase + device.ram_bytes);
  fill(abi::kRamBase + abi::kConsoleAt, abi::kRamBase + abi::kImageAt);
  for (std::uint32_t port = 0; port < device.port_count; ++port) {
    fill(device.ports[port].window, device.ports[port].window + device.ports[port].window_bytes);
  }
  asm volatile(
      "movq %0, %%xmm0; movq %0, %%xmm7; movq %0, %%xmm15; punpcklqdq %%xmm15, %%xmm15\n"
      "mov %0, %%rbx; mov %0, %%r8; mov %0, %%r12; mov %0, %%r15\n"
      "mov $0, %%edx; mov %%dx, %%fs; mov %%dx, %%gs\n"
      "mov $1, %%al; outb %%al, $0x20" ::"r"(kSecret)
      : "rax", "rbx", "rdx", "r8", "r12", "r15", "xmm0", "xmm7", "xmm15", "memory");
}
