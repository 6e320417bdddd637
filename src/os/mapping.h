// SPDX-License-Identifier: Apache-2.0
// Mapping owns a range of address space: files, memfds and anonymous memory under mmap(2). Nobody
// else in the project calls munmap.
//
// A large range is made once and its parts are put in place with replace(): a guest's memory is one
// anonymous Mapping over which its image is laid copy-on-write. So a fixed address is never guessed:
// it always lies inside a range that is already ours.
//
// Invariants
//   1. [data(), data() + size()) stays mapped, at the same address, until the Mapping is destroyed;
//      moving a Mapping moves no bytes.
//   2. size() is a multiple of the page size for anonymous memory and of_fd() alike in what it
//      occupies, but size() itself is the length asked for. Parts (replace, protect, discard) are
//      whole pages inside it; other values are a programmer's error and die.
//   3. A replace() that fails leaves the part as it was or unmapped-to-PROT_NONE, never free for
//      somebody else's mapping.
//
// A file that another process truncates under a mapping answers with SIGBUS. Memory that crosses a
// trust border is therefore a memfd sealed against shrinking (os/memfd.h), and files of strangers
// are read, not mapped.
//
// Threads: the object is like a pointer; the memory behind it is as shared as its owner makes it.

#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace superfluid::os {

class Mapping {
 public:
  enum class Access : unsigned char { kNone, kRead, kReadWrite, kReadExecute };
  enum class Sharing : unsigned char { kShared, kPrivate };

  struct FileOptions {
    Access access = Access::kRead;
    Sharing sharing = Sharing::kShared;
    bool populate = false;  // fault every page in now, not on first touch
  };
  struct AnonymousOptions {
    Access access = Access::kReadWrite;
    Sharing sharing = Sharing::kPrivate;
    bool populate = false;
    bool reserve = true;  // false: no swap space is set aside; for ranges mostly never touched
  };

  // `offset` is a multiple of the page size. Length 0 is refused (kInvalid), as by the kernel.
  static base::Result<Mapping> of_fd(int fd, std::size_t offset, std::size_t length,
                                     FileOptions options);
  static base::Result<Mapping> anonymous(std::size_t length, AnonymousOptions options);

  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  base::ByteView bytes() const { return {data_, size_}; }
  base::ByteSpan writable() const { return {data_, size_}; }

  // Lays the file over [at, at + length) of this mapping.
  base::Status replace(std::size_t at, std::size_t length, int fd, std::size_t offset,
                       FileOptions options);
  // The same with fresh zero pages.
  base::Status replace(std::size_t at, std::size_t length, AnonymousOptions options);

  base::Status protect(std::size_t at, std::size_t length, Access access);

  // Gives the pages back: private anonymous memory reads as zeros again, a private file mapping as
  // the file.
  base::Status discard(std::size_t at, std::size_t length);

  static std::size_t page_size();

 private:
  Mapping(std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  void check_part(std::size_t at, std::size_t length) const;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace superfluid::os
