// SPDX-License-Identifier: Apache-2.0
// The system calls that a monitor may make once its shell is warm: those by which it serves its
// guest, its ports and its channel. It opens, connects, executes and forks nothing, signals nobody,
// and makes no memory executable. Anything else kills the process.
//
// A machine of KVM adds what a shell asks of KVM between two lives. A guest in a process adds
// nothing: it stands on a stack of the same process, rings doorbells by write(), and its clock is
// clock_gettime(). So it has no ioctl() at all.
//
// The filter is built once, by the zygote, and is one system call to install.
//
// Threads: pure.

#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace superfluid::vmm {

enum class GuestsIn : std::uint8_t { kMachines, kProcesses };

// A program for os::install_filter().
base::Result<std::vector<std::uint8_t>> build_filter(GuestsIn guests_in);

}  // namespace superfluid::vmm
