// SPDX-License-Identifier: Apache-2.0
// What the files of guests that stand still have in common (snapshot_file.cc, difference.cc): how
// they are put together, and the checks of a reader. For those sources alone.

#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "abi/device_page.h"
#include "base/bytes.h"
#include "base/result.h"
#include "vmm/shell.h"

namespace superfluid::vmm::standing_file {

inline constexpr std::size_t kPage = abi::kPageBytes;
inline constexpr std::size_t kChecksumBytes = 4;

// Both kinds begin with these words.
struct Opening {
  std::uint64_t magic;
  std::uint16_t version;
  std::uint16_t abi_version;
  std::uint32_t header_bytes;
  std::uint64_t ram_bytes;
  std::uint32_t ports;
  std::uint32_t slots;
};
static_assert(sizeof(Opening) == 32);

Opening opening_of(std::uint64_t magic, std::uint16_t version, std::uint32_t header_bytes,
                   const ShellSize& size);
// Of a file that holds a header of so many bytes: is it one of these, and of which size?
base::Result<ShellSize> read_opening(base::ByteView file, const Opening& expected);

base::Failure corrupt(std::string_view what);

template <typename T>
void append(std::vector<std::uint8_t>& bytes, const T* from, std::size_t count) {
  if (count == 0) {
    return;
  }
  // Not insert(): behind a reserve() g++ 12 sees it write past the end, and warns.
  const std::size_t at = bytes.size();
  bytes.resize(at + count * sizeof(T));
  std::memcpy(bytes.data() + at, from, count * sizeof(T));
}

// Over everything before.
void append_checksum(std::vector<std::uint8_t>& file);
base::Status check_checksum(base::ByteView file);

// Numbers of pages: ascending, and inside of the memory.
base::Status check_pages(base::ByteView numbers, std::uint64_t ram_bytes);

// The i-th of words that need not be aligned.
template <typename T>
T word_at(base::ByteView bytes, std::size_t i) {
  T word;
  std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
  return word;
}

}  // namespace superfluid::vmm::standing_file
