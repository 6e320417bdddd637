// SPDX-License-Identifier: Apache-2.0
#include "os/mapping.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "os/errno.h"

namespace superfluid::os {
namespace {

int protection_of(Mapping::Access access) {
  switch (access) {
    case Mapping::Access::kNone: return PROT_NONE;
    case Mapping::Access::kRead: return PROT_READ;
    case Mapping::Access::kReadWrite: return PROT_READ | PROT_WRITE;
    case Mapping::Access::kReadExecute: return PROT_READ | PROT_EXEC;
  }
  return PROT_NONE;
}

int flags_of(const Mapping::FileOptions& options) {
  return (options.sharing == Mapping::Sharing::kShared ? MAP_SHARED : MAP_PRIVATE) |
         (options.populate ? MAP_POPULATE : 0);
}

int flags_of(const Mapping::AnonymousOptions& options) {
  return MAP_ANONYMOUS | (options.sharing == Mapping::Sharing::kShared ? MAP_SHARED : MAP_PRIVATE) |
         (options.populate ? MAP_POPULATE : 0) | (options.reserve ? 0 : MAP_NORESERVE);
}

base::Result<std::uint8_t*> map(void* at, std::size_t length, int protection, int flags, int fd,
                                std::size_t offset) {
  void* mapped = ::mmap(at, length, protection, flags, fd, static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) {
    return fail_errno("map memory", errno);
  }
  return static_cast<std::uint8_t*>(mapped);
}

}  // namespace

base::Result<Mapping> Mapping::of_fd(int fd, std::size_t offset, std::size_t length,
                                     FileOptions options) {
  SF_TRY(data, map(nullptr, length, protection_of(options.access), flags_of(options), fd, offset));
  return Mapping(data, length);
}

base::Result<Mapping> Mapping::anonymous(std::size_t length, AnonymousOptions options) {
  SF_TRY(data, map(nullptr, length, protection_of(options.access), flags_of(options), -1, 0));
  return Mapping(data, length);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) {
    base::check(::munmap(data_, size_) == 0, "a Mapping's range is its own");
  }
}

base::Status Mapping::replace(std::size_t at, std::size_t length, int fd, std::size_t offset,
                              FileOptions options) {
  check_part(at, length);
  SF_CHECKED(map(data_ + at, length, protection_of(options.access), flags_of(options) | MAP_FIXED,
                 fd, offset));
  return {};
}

base::Status Mapping::replace(std::size_t at, std::size_t length, AnonymousOptions options) {
  check_part(at, length);
  SF_CHECKED(
      map(data_ + at, length, protection_of(options.access), flags_of(options) | MAP_FIXED, -1, 0));
  return {};
}

base::Status Mapping::protect(std::size_t at, std::size_t length, Access access) {
  check_part(at, length);
  if (::mprotect(data_ + at, length, protection_of(access)) != 0) {
    return fail_errno("change the protection of memory", errno);
  }
  return {};
}

base::Status Mapping::discard(std::size_t at, std::size_t length) {
  check_part(at, length);
  if (::madvise(data_ + at, length, MADV_DONTNEED) != 0) {
    return fail_errno("discard memory", errno);
  }
  return {};
}

std::size_t Mapping::page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

void Mapping::check_part(std::size_t at, std::size_t length) const {
  base::check(at % page_size() == 0 && length % page_size() == 0,
              "a part of a Mapping is whole pages");
  base::check(at <= size_ && length <= size_ - at, "a part of a Mapping lies inside it");
}

}  // namespace superfluid::os
