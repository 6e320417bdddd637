// SPDX-License-Identifier: Apache-2.0
// PageClock: the guest's time, from the processor's cycle counter and the device page.
//
// The page is read at each use, so a clone or a restored guest has the right time from its first
// look on, with nothing to set. Monotonic time goes on where the image's stood; the time of day is
// the host's (abi/device_page.h).
//
// Threads: any.

#pragma once

#include "abi/device_page.h"
#include "base/clock.h"
#include "guest/exits.h"

namespace superfluid::guest {

class PageClock final : public base::Clock {
 public:
  PageClock(const abi::DevicePage& page, const Exits& exits) : page_(page), exits_(exits) {}

  base::Instant now() const override {
    return base::Instant(base::Duration(static_cast<std::int64_t>(ns())));
  }
  base::Duration since_epoch() const override {
    return base::Duration(
        static_cast<std::int64_t>(page_.epoch_base_ns + (ns() - page_.clock_base_ns)));
  }
  // As the pages count.
  std::uint64_t ns() const {
    const std::uint64_t tsc = exits_.tsc();
    // Counters of two processors may differ by some cycles; time does not go back behind the base.
    const std::uint64_t cycles = tsc > page_.clock_base_tsc ? tsc - page_.clock_base_tsc : 0;
    __extension__ using Wide = unsigned __int128;
    return page_.clock_base_ns + static_cast<std::uint64_t>(Wide{cycles} * page_.clock_mult >> 32);
  }

 private:
  const abi::DevicePage& page_;
  const Exits& exits_;
};

}  // namespace superfluid::guest
