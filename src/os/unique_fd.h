// SPDX-License-Identifier: Apache-2.0
// UniqueFd owns one file descriptor and closes it once.
//
// Invariants
//   1. get() is -1 or a descriptor that nobody else closes.
//   2. The destructor ignores what close() says, save EBADF, which means that somebody else closed
//      our descriptor: a programmer's error, and it dies. Who wrote data and must know that it
//      arrived calls close() and reads the Status.
//
// Threads: as an int. Every descriptor made in this room is close-on-exec.

#pragma once

#include <utility>

#include "base/result.h"

namespace superfluid::os {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset(std::exchange(other.fd_, -1));
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  explicit operator bool() const { return valid(); }

  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

  // Closes now and says what the kernel says: delayed write errors of some filesystems come here.
  base::Status close();

  base::Result<UniqueFd> duplicate() const;

 private:
  int fd_ = -1;
};

}  // namespace superfluid::os
