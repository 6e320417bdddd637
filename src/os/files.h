// SPDX-License-Identifier: Apache-2.0
// Files read whole and replaced whole.
//
// Invariants
//   1. Nothing is read without a limit: a file that grows, a device or a pipe cannot fill memory.
//   2. write_atomically() leaves under `path` either the old content or the new, also after a power
//      cut: temporary file in the same directory, fsync, rename, fsync of the directory. When it
//      fails the temporary file is removed.
//   3. EINTR and short reads and writes are dealt with here and seen by nobody.
//
// Threads: safe from any thread. All calls block; they are for configuration and images, never for
// a path where packets or requests wait.

#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unique_fd.h"

namespace superfluid::os {

// open(2) with O_CLOEXEC added; `mode` matters with O_CREAT only.
base::Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode = 0);

// From the descriptor's position to its end; kExhausted when there is more than `limit`.
base::Result<std::vector<std::uint8_t>> read_whole(int fd, base::ByteCount limit);
base::Result<std::string> read_text(const std::string& path, base::ByteCount limit);

base::Status write_all(int fd, base::ByteView bytes);
base::Status write_atomically(const std::string& path, base::ByteView bytes, mode_t mode = 0644);

// mkdir -p. Existing directories are kept as they are; `mode` is for those made.
base::Status make_directories(const std::string& path, mode_t mode = 0755);

}  // namespace superfluid::os
