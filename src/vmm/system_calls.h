// SPDX-License-Identifier: Apache-2.0
// The system calls that a monitor may make once its shell is warm: those by which it serves its
// guest, its ports and its channel. It opens, connects, executes and forks nothing; it makes no
// memory executable; of KVM it may use what a shell uses between two lives. Anything else kills the
// process.
//
// The filter is built once, by the zygote, and is one system call to install.
//
// Threads: pure.

#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace superfluid::vmm {

// A program for os::install_filter().
base::Result<std::vector<std::uint8_t>> build_filter();

}  // namespace superfluid::vmm
