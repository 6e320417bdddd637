// SPDX-License-Identifier: Apache-2.0
#include "os/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"

namespace superfluid::os {
namespace {

constexpr unsigned kNoExecute = 0x0008;  // MFD_NOEXEC_SEAL, Linux 6.3; older kernels refuse it

int flags_of(Seals seals) {
  const int size = F_SEAL_SHRINK | F_SEAL_GROW;
  return seals == Seals::kContent ? size | F_SEAL_WRITE : size;
}

}  // namespace

base::Result<UniqueFd> create_memfd(const std::string& name, base::ByteCount size) {
  UniqueFd memfd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecute));
  if (!memfd && errno == EINVAL) {
    memfd = UniqueFd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  }
  if (!memfd) {
    return fail_errno(base::cat("create memfd ", name), errno);
  }
  if (::ftruncate(memfd.get(), static_cast<off_t>(size.count())) != 0) {
    return fail_errno(base::cat("size memfd ", name, " to ", base::to_string(size)), errno);
  }
  return memfd;
}

base::Status seal(const UniqueFd& memfd, Seals seals) {
  if (::fcntl(memfd.get(), F_ADD_SEALS, flags_of(seals) | F_SEAL_SEAL) != 0) {
    return fail_errno("seal a memfd", errno);
  }
  return {};
}

base::Result<UniqueFd> sealed_memfd(const std::string& name, base::ByteView bytes) {
  SF_TRY(memfd, create_memfd(name, base::bytes(0)));
  SF_CHECKED(write_all(memfd.get(), bytes));
  SF_CHECKED(seal(memfd, Seals::kContent));
  return memfd;
}

bool has_seals(int fd, Seals seals) {
  const int present = ::fcntl(fd, F_GET_SEALS);
  return present >= 0 && (present & flags_of(seals)) == flags_of(seals);
}

base::Result<base::ByteCount> size_of(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) {
    return fail_errno("read the size of a file", errno);
  }
  return base::bytes(static_cast<std::uint64_t>(found.st_size));
}

base::Result<FileId> id_of(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) {
    return fail_errno("ask which file a descriptor is of", errno);
  }
  return FileId{.device = found.st_dev, .inode = found.st_ino};
}

}  // namespace superfluid::os
