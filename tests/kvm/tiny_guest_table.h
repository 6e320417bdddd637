// SPDX-License-Identifier: Apache-2.0
// What the generated table of tiny guests is made of: an image's bytes, and its row.

#pragma once

#include "kvm/tiny_guests.h"

#define SF_TINY_GUEST_IMAGE(guest, path)                                                          \
  asm(".section .rodata\n.balign 64\nguest_" #guest "_begin: .incbin \"" path "\"\nguest_" #guest \
      "_end: .byte 0\n.previous\n");                                                              \
  extern "C" const std::uint8_t guest_##guest##_begin[];                                          \
  extern "C" const std::uint8_t guest_##guest##_end[];
#define SF_TINY_GUEST(guest) \
  { #guest, guest_##guest##_begin, guest_##guest##_end }
