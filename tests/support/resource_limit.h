// SPDX-License-Identifier: Apache-2.0
// A soft resource limit of this process, lowered for as long as this lives: for tests of what
// happens when files, descriptors or memory run out.

#pragma once

#include <sys/resource.h>

#include "base/check.h"

namespace superfluid::testing {

class LoweredLimit {
 public:
  LoweredLimit(int resource, rlim_t soft) : resource_(resource) {
    base::check(get(&before_) == 0, "a limit can be read");
    const rlimit lowered{.rlim_cur = soft, .rlim_max = before_.rlim_max};
    base::check(set(&lowered) == 0, "a limit can be lowered");
  }
  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;
  ~LoweredLimit() { base::check(set(&before_) == 0, "a limit can be restored"); }

 private:
  int get(rlimit* to) const { return ::getrlimit(static_cast<__rlimit_resource>(resource_), to); }
  int set(const rlimit* to) const {
    return ::setrlimit(static_cast<__rlimit_resource>(resource_), to);
  }

  int resource_;
  rlimit before_{};
};

}  // namespace superfluid::testing
