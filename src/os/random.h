// SPDX-License-Identifier: Apache-2.0
// Randomness of the kernel: for secrets, names that nobody guesses, and the seeds of base::Rng.
// Never blocks once the host has booted.

#pragma once

#include <cstdint>

namespace superfluid::os {

std::uint64_t kernel_random();

}  // namespace superfluid::os
