// SPDX-License-Identifier: Apache-2.0
// Rng: small, fast, seeded, reproducible (xoshiro256**, seeded through splitmix64; Blackman and
// Vigna, 2018). For simulation, hashing seeds and tests; never for keys.

#pragma once

#include <array>
#include <cstdint>

#include "base/check.h"

namespace superfluid::base {

class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15ULL;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
      word = z ^ (z >> 31);
    }
  }

  constexpr std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // Even over [0, bound); bound > 0. Multiply-shift: the bias is below 2^-32 for bounds of 32 bits.
  constexpr std::uint32_t below(std::uint32_t bound) {
    check(bound != 0, "Rng::below needs a bound");
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace superfluid::base
