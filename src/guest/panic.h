// SPDX-License-Identifier: Apache-2.0
// Panic: the last words of a guest, put together without memory and without trust in what there is,
// for whoever composes a guest with its host: the image's entry, a sandboxed process.
//
//   Panic(page).say("a check failed: ").say(what).tell();   // then leave by abi::Exit::kPanic
//
// Threads: the guest's.

#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>

#include "abi/guest_page.h"
#include "guest/heap.h"
#include "guest/memory.h"

namespace superfluid::guest {

class Panic {
 public:
  explicit Panic(abi::GuestPage& page) : page_(page) {}

  // What does not fit into the page is left out.
  Panic& say(std::string_view text) {
    for (const char c : text) {
      if (length_ < abi::kMessageBytes) {
        page_.message[length_++] = c;
      }
    }
    return *this;
  }
  Panic& say(std::uint64_t number) {
    std::array<char, 20> digits;
    const char* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    return say(std::string_view(digits.begin(), end));
  }
  // Which check() of ours failed.
  Panic& say_failed(const char* what, const std::source_location& where) {
    return say(what).say(" (").say(where.file_name()).say(":").say(where.line()).say(")");
  }
  // That the heap had no `bytes` more, and how much memory would have been enough.
  Panic& say_memory_needed(std::uint64_t ram_bytes, const Heap& heap, std::size_t bytes) {
    constexpr std::uint64_t kMiB = 1 << 20;
    const std::uint64_t needed = ram_bytes - heap.bytes() + heap.used() + bytes;
    const std::uint64_t rounded = (needed / kMiB + 1) * kMiB;
    const std::uint64_t wish = rounded > ram_bytes ? rounded : (ram_bytes / kMiB + 1) * kMiB;
    return say("the graph needs more memory than the ")
        .say(ram_bytes / kMiB)
        .say(" MiB that it was given: at least ")
        .say(wish / kMiB)
        .say(" MiB");
  }

  void tell() {
    store(page_.message_bytes, static_cast<std::uint32_t>(length_));
    store(page_.state, abi::GuestState::kEnded);
  }

 private:
  abi::GuestPage& page_;
  std::size_t length_ = 0;
};

}  // namespace superfluid::guest
