// SPDX-License-Identifier: Apache-2.0
// FdSink: what elements print goes to a descriptor at once, so that it stands in the right order
// among what other programs and the kernel write there.
//
// A descriptor that takes no more (a full disk, a closed pipe) is remembered and written to no
// further: failed() tells it once the graph has run.
//
// Threads: any.

#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "graph/router.h"
#include "os/files.h"
#include "os/mutex.h"

namespace superfluid::hostgraph {

class FdSink final : public graph::TextSink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}

  void write(std::string_view text) override {
    const os::MutexLock lock(mutex_);
    if (failed_) {
      return;
    }
    if (base::Status status = os::write_all(fd_, base::bytes_of(text)); !status) {
      failed_ = std::move(status).error();
    }
  }

  std::optional<base::Error> failed() const {
    const os::MutexLock lock(mutex_);
    return failed_;
  }

 private:
  int fd_;
  mutable os::Mutex mutex_;
  std::optional<base::Error> failed_ SF_GUARDED_BY(mutex_);
};

}  // namespace superfluid::hostgraph
