// SPDX-License-Identifier: Apache-2.0
// NetNamespace: a network namespace held by a descriptor and by nothing else.
//
// It is made by a short-lived thread that leaves its own namespace, and has no name under
// /run/netns: when the last descriptor, process and socket in it are gone (also by kill -9) the
// kernel takes it away, with every interface that was made in it.
//
// Invariants
//   1. fd() is a network namespace, checked also for descriptors that others sent.
//   2. run() never changes the caller's thread: the work runs in a thread of its own, which has
//      ended when run() returns. What the work opens there (sockets, taps) stays in the namespace.
//
// A child that is to die with its parent is not spawned inside run() (its thread ends at once), but
// with Command::net_namespace.
//
// Threads: const calls from any thread.

#pragma once

#include <sys/types.h>

#include <compare>
#include <functional>
#include <optional>
#include <type_traits>

#include "base/result.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class NetNamespace {
 public:
  // Which namespace it is, for as long as it exists.
  struct Id {
    dev_t device = 0;
    ino_t inode = 0;
    friend auto operator<=>(const Id&, const Id&) = default;
  };

  // A new one: a loopback interface that is down, and nothing else.
  static base::Result<NetNamespace> create();
  // The one that this thread is in.
  static base::Result<NetNamespace> current();
  // From a descriptor, such as one received over a socket; kInvalid when it is something else.
  static base::Result<NetNamespace> adopt(UniqueFd fd);

  int fd() const { return fd_.get(); }
  Id id() const { return id_; }

  // Runs `work` (which returns a Result or Status) in this namespace.
  template <typename F>
  std::invoke_result_t<F> run(F&& work) const {
    std::optional<std::invoke_result_t<F>> answer;
    if (auto entered = run_in_thread([&] { answer.emplace(work()); }); !entered) {
      return base::pass(std::move(entered).error());
    }
    return std::move(*answer);
  }

 private:
  NetNamespace(UniqueFd fd, Id id) : fd_(std::move(fd)), id_(id) {}
  base::Status run_in_thread(const std::function<void()>& work) const;

  UniqueFd fd_;
  Id id_;
};

}  // namespace superfluid::os
