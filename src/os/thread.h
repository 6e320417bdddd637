// SPDX-License-Identifier: Apache-2.0
// What the kernel knows of a thread or a process: where it runs, and what it is called.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace superfluid::os {

// Lets the calling thread run on that processor alone, counted round those that the host has.
base::Status bind_to_processor(std::size_t index);

// A process (of one thread; 0: the calling thread) to one processor, or (nullopt) to all that
// this program was started with. kInvalid for one that there is not.
base::Status pin(pid_t process, std::optional<unsigned> processor);

// The processor that the calling thread runs on, as long as nobody moves it.
unsigned this_processor();

// Lets whoever is ready to run on this processor do so first, once.
void give_way();

// Gives back the memory of the calling thread's stack that lies below where it stands now. To be
// called from a frame that stays, by a process of which there are thousands: what was needed once,
// deep down, it would else keep for ever.
void trim_stack();

// What `ps -L` and `top -H` call the calling thread: the first 15 bytes.
void name_thread(std::string_view name);

}  // namespace superfluid::os
