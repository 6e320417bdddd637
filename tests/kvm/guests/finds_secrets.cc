// SPDX-License-Identifier: Apache-2.0
// Looks for the other guest's secret: first in the registers that it is entered with, then in all
// memory. Ends with 1 when it found any.
#include "kvm/guests/guest.h"

extern "C" {
std::uint64_t entered_with[8];
std::uint64_t entered_vectors[6];
}

// Before any code of the compiler has used a register.
asm(R"(
  .text
  .globl look_first
look_first:
  mov %rbx, entered_with
  mov %r8, entered_with+8
  mov %r12, entered_with+16
  mov %r15, entered_with+24
  movdqu %xmm0, entered_vectors
  movdqu %xmm7, entered_vectors+16
  movdqu %xmm15, entered_vectors+32
  jmp look
)");

namespace {

constexpr std::uint64_t kSecretHalf = 0x5ec2'e75f;  // so that this program does not find itself

bool is_secret(std::uint64_t word) { return word == (((kSecretHalf - 1) << 32) | 0xc2e7'5ec2); }

bool is_in(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t at = begin; at < end; at += 8) {
    if (is_secret(*reinterpret_cast<volatile std::uint64_t*>(at))) {
      return true;
    }
  }
  return false;
}

}  // namespace

extern "C" void look_first(abi::DevicePage* page);
extern "C" void look(abi::DevicePage* page) {
  const volatile abi::DevicePage& device = *page;
  bool found = is_in(abi::kRamBase, abi::kRamBase + device.ram_bytes);
  for (std::uint32_t port = 0; port < device.port_count; ++port) {
    found |= is_in(device.ports[port].window,
                   device.ports[port].window + device.ports[port].window_bytes);
  }
  for (const std::uint64_t word : entered_with) {
    found |= is_secret(word);
  }
  for (const std::uint64_t word : entered_vectors) {
    found |= is_secret(word);
  }
  leave(abi::Exit::kEnd, found ? 1 : 0);
}

void guest_main(abi::DevicePage* page) { look_first(page); }
