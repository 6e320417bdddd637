// SPDX-License-Identifier: Apache-2.0
// Does the one forbidden thing that the test wishes for, and if that passes says END with 77.
#include "kvm/guests/guest.h"

namespace {

void touch(std::uint64_t address) { *reinterpret_cast<volatile std::uint8_t*>(address) = 1; }

void misbehave(char wish) {
  switch (wish) {
    case 'n': touch(0x10); break;                // a null pointer
    case 'u': asm volatile("ud2"); break;        // no instruction
    case '3': asm volatile("int3"); break;       //
    case '8': asm volatile("int $0x80"); break;  //
    case 's': asm volatile("syscall" ::: "rcx", "r11", "memory"); break;
    case 'h': asm volatile("hlt"); break;  // privileged
    case 'm': asm volatile("rdmsr" ::"c"(0x10) : "eax", "edx"); break;
    case 'c': asm volatile("mov %%cr3, %%rax" ::: "rax"); break;
    case 'k': touch(0xffff'8000'0000'0000); break;    // the kernel's half
    case 't': touch(abi::kTablesAt); break;           // its own page tables
    case 'w': touch(abi::kRangeEnd + 0x3000); break;  // its task segment
    case 'b': touch(abi::kRangeEnd - 64); break;      // mapped, but nothing is behind it
    case 'x': reinterpret_cast<void (*)()>(abi::kRangeEnd - 64)(); break;
    case 'p': asm volatile("outb %%al, %0" ::"N"(0x70)); break;  // a port that is not for guests
    case 'i': asm volatile("inb $0x10, %%al" ::: "rax"); break;
    case 'd': asm volatile("outl %%eax, $0x10" :::); break;  // wider than a byte
    case 'o': asm volatile("xor %%ecx, %%ecx; div %%ecx" ::: "rax", "rcx", "rdx"); break;
    case 'g': asm volatile("mov %0, %%rsp; push %%rax" ::"r"(8ull) : "memory"); break;
    default: break;
  }
}

}  // namespace

void guest_main(abi::DevicePage* page) {
  misbehave(wish_of(page));
  leave(abi::Exit::kEnd, 77);
}
