// SPDX-License-Identifier: Apache-2.0
// Which processor a thread runs on.

#pragma once

#include <cstddef>

#include "base/result.h"

namespace superfluid::os {

// Lets the calling thread run on that processor alone, counted round those that the host has.
base::Status bind_to_processor(std::size_t index);

}  // namespace superfluid::os
