// SPDX-License-Identifier: Apache-2.0
// The machines of vmm's nursery as the node's MachineSource.
//
// Threads: the loop's.

#pragma once

#include <memory>

#include "agent/machines.h"

namespace superfluid::agent {

// Connects to the zygote that there is, or starts one.
base::Result<std::unique_ptr<MachineSource>> open_nursery(os::EventLoop& loop,
                                                          const vmm::Nursery::Options& options);

}  // namespace superfluid::agent
