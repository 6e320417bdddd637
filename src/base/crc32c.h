// SPDX-License-Identifier: Apache-2.0
// CRC32C (Castagnoli): the checksum of SCTP (RFC 9260, appendix A) and of snapshots. One function
// for both worlds of evaluation: with SSE4.2's instruction at run time, bit by bit at compile time
// and where the instruction is missing; a test holds the two against each other.

#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace superfluid::base {

// `so_far` is the value for the bytes before these.
constexpr std::uint32_t crc32c(ByteView bytes, std::uint32_t so_far = 0) {
  std::uint32_t crc = ~so_far;
#ifdef __SSE4_2__
  if
    !consteval {
      while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        crc = static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
        bytes = bytes.subspan(8);
      }
      for (const std::uint8_t byte : bytes) {
        crc = _mm_crc32_u8(crc, byte);
      }
      return ~crc;
    }
#endif
  constexpr std::uint32_t kPolynomialReflected = 0x82f63b78;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomialReflected : 0);
    }
  }
  return ~crc;
}

}  // namespace superfluid::base
