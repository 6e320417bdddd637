// SPDX-License-Identifier: Apache-2.0
#include "os/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace superfluid::os {

std::uint64_t kernel_random() {
  std::uint64_t random = 0;
  base::check(::getrandom(&random, sizeof random, 0) == sizeof random, "the kernel has randomness");
  return random;
}

}  // namespace superfluid::os
