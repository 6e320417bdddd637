// SPDX-License-Identifier: Apache-2.0
// Prints without end, waiting for room as it should ('p'), or claiming any number of bytes ('c').
#include "kvm/guests/guest.h"

void guest_main(abi::DevicePage* page) {
  auto* console = reinterpret_cast<volatile char*>(abi::kRamBase + abi::kConsoleAt);
  const char wish = wish_of(page);
  leave(abi::Exit::kReady);
  leave(abi::Exit::kLive);
  std::uint32_t written = guest_page().console_written;
  for (std::uint32_t line = 0;; ++line) {
    for (std::uint32_t i = 0; i < 64; ++i) {
      const char letter = static_cast<char>('a' + line % 26);
      console[(written + i) % abi::kConsoleBytes] = i == 63 ? '\n' : letter;
    }
    written += wish == 'c' ? 0x0100'0040 : 64;
    guest_page().console_written = written;
    if (written - static_cast<volatile abi::DevicePage*>(page)->live.console_taken + 64 >
        abi::kConsoleBytes) {
      leave(abi::Exit::kConsole);
    }
  }
}
