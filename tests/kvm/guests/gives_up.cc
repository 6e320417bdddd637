// SPDX-License-Identifier: Apache-2.0
// Ends by itself: with status 5 ('e'), or in a panic that claims a message beyond its page ('p').
#include "kvm/guests/guest.h"

void guest_main(abi::DevicePage* page) {
  volatile abi::GuestPage& own = guest_page();
  const char text[] = "bye\n\x1b[31m";
  for (std::size_t i = 0; i + 1 < sizeof text; ++i) {
    own.message[i] = text[i];
  }
  if (wish_of(page) == 'e') {
    own.message_bytes = sizeof text - 1;
    leave(abi::Exit::kEnd, 5);
  }
  own.message_bytes = 0xffff'ffff;
  leave(abi::Exit::kPanic, abi::kPanicDefect);
}
