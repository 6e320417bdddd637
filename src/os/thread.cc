// SPDX-License-Identifier: Apache-2.0
#include "os/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "os/errno.h"
#include "os/mapping.h"

namespace superfluid::os {

namespace {

// Asked for once, before the first pin().
const cpu_set_t& processors_at_start() {
  static const cpu_set_t processors = [] {
    cpu_set_t all;
    CPU_ZERO(&all);
    if (::sched_getaffinity(::getpid(), sizeof all, &all) != 0) {
      for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
        CPU_SET(i, &all);  // the kernel takes of them what there is
      }
    }
    return all;
  }();
  return processors;
}

// "0-3, 8"
std::string listed(const cpu_set_t& processors) {
  std::string list;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &processors)) {
      continue;
    }
    const std::size_t first = i;
    while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, &processors)) {
      ++i;
    }
    list += base::cat(list.empty() ? "" : ", ", first);
    if (i != first) {
      list += base::cat("-", i);
    }
  }
  return list;
}

}  // namespace

base::Status bind_to_processor(std::size_t index) {
  const long configured = std::clamp(::sysconf(_SC_NPROCESSORS_CONF), 1L, long{CPU_SETSIZE});
  return pin(0, static_cast<unsigned>(index % static_cast<std::size_t>(configured)));
}

base::Status pin(pid_t process, std::optional<unsigned> processor) {
  cpu_set_t processors = processors_at_start();
  if (processor && *processor >= CPU_SETSIZE) {
    return base::fail(base::ErrorCode::kInvalid, base::cat("there is no processor ", *processor));
  }
  if (processor) {
    CPU_ZERO(&processors);
    CPU_SET(*processor, &processors);
  }
  if (::sched_setaffinity(process, sizeof processors, &processors) == 0) {
    return {};
  }
  if (errno == EINVAL && processor) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("processor ", *processor, " is not there, or may not be used here"))
        .try_this(base::cat("one of these: ", listed(processors_at_start())));
  }
  return fail_errno("pin to a processor", errno);
}

unsigned this_processor() {
  const int processor = ::sched_getcpu();
  return processor < 0 ? 0 : static_cast<unsigned>(processor);
}

void give_way() { ::sched_yield(); }

void trim_stack() {
  // The frames of this call, and what the kernel writes below them for a signal.
  constexpr std::uintptr_t kKept = 16 << 10;
  constexpr std::uintptr_t kReach = 1 << 20;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t page = Mapping::page_size();
  const std::uintptr_t end = (here - kKept) / page * page;
  // Where the stack has never been is nothing, which madvise() tells and passes over.
  static_cast<void>(::madvise(reinterpret_cast<void*>(end - kReach), kReach, MADV_DONTNEED));
}

void name_thread(std::string_view name) {
  constexpr std::size_t kNameMax = 15;
  ::pthread_setname_np(::pthread_self(), std::string(name.substr(0, kNameMax)).c_str());
}

}  // namespace superfluid::os
