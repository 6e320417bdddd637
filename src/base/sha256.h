// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): the name of a thing made of its content. For caches that must not confuse
// one image with another, whoever wrote it; not for passwords.
//
//   Sha256 hash;
//   hash.add(bytes_of(text));
//   const Sha256::Digest digest = hash.finish();
//
// Threads: a plain value.

#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace superfluid::base {

class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  void add(ByteView bytes);
  // A number, in eight bytes of fixed order: what stands between two texts, so that where one ends
  // is part of the name.
  void add_number(std::uint64_t number);
  // Once; then this is used up.
  Digest finish();

 private:
  void mix(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace superfluid::base
