// SPDX-License-Identifier: Apache-2.0
// Memory with a descriptor: made here, filled, sealed, then handed to another process over a Unix
// socket (os/unix_socket.h) and mapped there (os/mapping.h).
//
// A sealed memfd is a promise that the kernel keeps: against shrinking, so that a peer cannot make
// our reads die with SIGBUS; against writing, so that an image can be cloned while it is trusted.
// Who receives a memfd asks has_seals() before mapping it.
//
// Threads: as an int.

#pragma once

#include <sys/types.h>

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unique_fd.h"

namespace superfluid::os {

// Sealable, not executable, of `size` zero bytes. The name shows in /proc/<pid>/maps only.
base::Result<UniqueFd> create_memfd(const std::string& name, base::ByteCount size);

enum class Seals : unsigned char {
  kSize,     // neither shrinks nor grows; the content stays writable
  kContent,  // all of the above, and nobody writes any more
};

// Seals, and forbids other seals. kContent is refused (kConflict) while a shared writable mapping
// exists.
base::Status seal(const UniqueFd& memfd, Seals seals);

// A memfd that holds these bytes, and will hold no others.
base::Result<UniqueFd> sealed_memfd(const std::string& name, base::ByteView bytes);

// True when at least these seals are set. False for what is no memfd.
bool has_seals(int fd, Seals seals);

base::Result<base::ByteCount> size_of(int fd);

// Which file a descriptor is of, for as long as somebody holds the file.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const FileId&, const FileId&) = default;
};
base::Result<FileId> id_of(int fd);

}  // namespace superfluid::os
