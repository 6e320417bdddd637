// SPDX-License-Identifier: Apache-2.0
#include "os/thread.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/text.h"
#include "os/errno.h"

namespace superfluid::os {

base::Status bind_to_processor(std::size_t index) {
  const long configured = std::clamp(::sysconf(_SC_NPROCESSORS_CONF), 1L, long{CPU_SETSIZE});
  const std::size_t processor = index % static_cast<std::size_t>(configured);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    return fail_errno(base::cat("bind a thread to processor ", processor), errno);
  }
  return {};
}

void name_thread(std::string_view name) {
  constexpr std::size_t kNameMax = 15;
  ::pthread_setname_np(::pthread_self(), std::string(name.substr(0, kNameMax)).c_str());
}

}  // namespace superfluid::os
