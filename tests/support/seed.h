// SPDX-License-Identifier: Apache-2.0
// The seed of this test run, printed at its start by tests/support/main.cc.

#pragma once

#include <cstdint>
#include <cstdlib>

namespace superfluid::testing {

inline std::uint64_t test_seed() {
  const char* seed = std::getenv("SUPERFLUID_SEED");
  return seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1;
}

}  // namespace superfluid::testing
