// SPDX-License-Identifier: Apache-2.0
// What the tests of rings share: a window in memory of its own, and frames that can be told apart.

#pragma once

#include <vector>

#include "abi/ring_end.h"

namespace superfluid::abi {

using Bytes = std::vector<std::uint8_t>;

// A window in memory of exactly its size, so that AddressSanitizer sees the end of it.
class Memory {
 public:
  explicit Memory(std::uint32_t slots = kSlotsMin)
      : pages_(window_bytes(slots) / sizeof(Page)), slots_(slots) {
    lay_out(window());
  }

  Window window() {
    return {.base = pages_.data()->bytes, .bytes = pages_.size() * sizeof(Page), .slots = slots_};
  }
  RingHeader& ring(RingWay way) { return *detail::ring_header(window(), way); }
  Descriptor& descriptor(RingWay way, std::uint32_t slot) {
    return detail::ring_descriptors(window(), way)[slot];
  }

 private:
  struct alignas(kPageBytes) Page {
    std::uint8_t bytes[kPageBytes];
  };
  std::vector<Page> pages_;
  std::uint32_t slots_;
};

inline Bytes content(const Frame& frame) {
  Bytes bytes(frame.length);
  frame.copy_to(bytes.data());
  return bytes;
}

inline Bytes numbered(std::uint32_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(number * 7 + i * 13 + (i >> 8));
  }
  return bytes;
}

}  // namespace superfluid::abi
