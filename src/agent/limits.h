// SPDX-License-Identifier: Apache-2.0
// Limits: keeps what a function asked for of its processor (api::CpuSpec) while it has a machine.
//
// Whoever has no wish costs nothing here. A wish that cannot be kept fails the start: a limit that
// nobody keeps is worse than none.
//
// Threads: the loop's. apply() asks the kernel and takes as long as that takes.

#pragma once

#include <sys/types.h>

#include <memory>
#include <set>
#include <string>

#include "api/model.h"
#include "base/result.h"

namespace superfluid::agent {

class Limits {
 public:
  virtual ~Limits() = default;

  // To the machine's process, from now on.
  virtual base::Status apply(const std::string& id, pid_t process, const api::CpuSpec& cpu) = 0;
  // The machine is free again, or (0) gone.
  virtual void lift(const std::string& id, pid_t process, const api::CpuSpec& cpu) = 0;
  // Removes what was made for functions of this node that are none of these.
  virtual void sweep(const std::set<std::string>& ids) = 0;
};

// By control groups and by pinning. `node` is what tells this node from others of the same host.
std::unique_ptr<Limits> host_limits(std::string_view node);

}  // namespace superfluid::agent
