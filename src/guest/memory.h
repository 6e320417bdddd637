// SPDX-License-Identifier: Apache-2.0
// Memory: where the pages lie that abi/machine.h describes. In a microVM at their addresses;
// hosted, in whatever mapping stands for them.
//
// Words that the host may write while the guest runs are read by load(), and words that it reads
// meanwhile are written by store(): once, whole, and behind what was written before.
//
// Threads: the guest's.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/machine.h"
#include "abi/mailbox.h"

namespace superfluid::guest {

template <typename T>
T load(const T& word) {
  T value;
  __atomic_load(&word, &value, __ATOMIC_ACQUIRE);
  return value;
}
template <typename T>
void store(T& word, T value) {
  __atomic_store(&word, &value, __ATOMIC_RELEASE);
}

class Memory {
 public:
  // `ram` is what the guest calls kRamBase; windows follow in the same range.
  explicit Memory(std::byte* ram) : ram_(ram) {}

  const abi::DevicePage& device_page() const {
    return *reinterpret_cast<const abi::DevicePage*>(ram_ + abi::kDevicePageAt);
  }
  abi::GuestPage& guest_page() const {
    return *reinterpret_cast<abi::GuestPage*>(ram_ + abi::kGuestPageAt);
  }
  std::span<char> console() const {
    return {reinterpret_cast<char*>(ram_ + abi::kConsoleAt), abi::kConsoleBytes};
  }
  abi::Mailbox& mailbox() const { return *reinterpret_cast<abi::Mailbox*>(ram_ + abi::kMailboxAt); }
  // An address that the device page names.
  std::byte* at(std::uint64_t address) const { return ram_ + (address - abi::kRamBase); }

  std::string_view text() const {
    const abi::DevicePage& page = device_page();
    return {reinterpret_cast<const char*>(at(page.text_address)), page.text_bytes};
  }

 private:
  std::byte* ram_;
};

// A field of characters that ends with a zero byte, or with the field.
template <std::size_t size>
std::string_view text_of(const char (&field)[size]) {
  const std::string_view all(field, size);
  return all.substr(0, all.find('\0'));
}

}  // namespace superfluid::guest
