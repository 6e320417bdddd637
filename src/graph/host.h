// SPDX-License-Identifier: Apache-2.0
// Host: what the program that runs a graph offers to those of its elements that need more than a
// graph can give. The graph hands it on unseen. hostgraph/driver.h is that of a Linux process,
// guest/ports.h that of a microVM, which has neither files nor signals; who has not overridden what
// is asked of it refuses (kUnsupported).
//
// Threads: as each function says; else that of the lane that calls.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace superfluid::graph {

class Host {
 public:
  virtual ~Host() = default;

  // For a graph of several lanes. Any thread: a lane that fell asleep has something to do.
  virtual void wake_lane(std::size_t /*lane*/) {}
  // The calling lane's thread wants all others to stand still, between two turns or where they wait
  // for the same; and lets them go again. Calls nest.
  virtual void hold_lanes() {}
  virtual void release_lanes() {}

  // Whole files, as scripts read and write them.
  virtual base::Result<std::string> read_file(std::string_view path);
  virtual base::Status write_file(std::string_view path, std::string_view text, bool appends);

  // Calls `tell` when the signal comes next, once. As long as somebody waits for it, it does
  // nothing else to the process.
  virtual base::Status at_signal(int signal, const void* owner, std::function<void()> tell);
  virtual void forget_signals(const void* /*owner*/) {}
  virtual base::Status send_signal(std::uint32_t process, int signal);
  // The number of its own process; 0: it is none.
  virtual std::uint32_t process() const { return 0; }
};

}  // namespace superfluid::graph
