// SPDX-License-Identifier: Apache-2.0
// An eventfd: a doorbell that can be handed to another process, or to KVM. It never blocks; a count
// of rings is kept until it is read.
//
// Threads: as an int.

#pragma once

#include "base/result.h"
#include "os/unique_fd.h"

namespace superfluid::os {

base::Result<UniqueFd> create_event_fd();

}  // namespace superfluid::os
