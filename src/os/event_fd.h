// SPDX-License-Identifier: Apache-2.0
// EventFd: a bell between threads and processes, and what KVM rings at a guest's doorbell. However
// often it is rung before somebody looks, it has been rung.
//
//   SF_TRY(bell, EventFd::create());
//   bell.ring();                      any thread, any process that was given the descriptor
//   if (bell.take()) ...              by whoever waits for fd() in an EventLoop
//
// Neither call waits. Both are also there for a bare descriptor, such as one that was inherited.
//
// Threads: any.

#pragma once

#include "base/result.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class EventFd {
 public:
  static base::Result<EventFd> create();
  // One that was received. kInvalid when the descriptor is something else.
  static base::Result<EventFd> adopt(UniqueFd fd);

  int fd() const { return fd_.get(); }
  UniqueFd release() && { return std::move(fd_); }

  void ring() const { ring(fd()); }
  // True: it was rung since the last time.
  bool take() const { return take(fd()); }

  static void ring(int fd);
  static bool take(int fd);

 private:
  explicit EventFd(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace superfluid::os
