// SPDX-License-Identifier: Apache-2.0
// HomeProcessor: keeps the calling thread on one processor, as long as it gets enough of it.
//
// Who answers short requests all day has what it needs in the cache of the processor that it was on
// last. The kernel moves whoever is woken towards who wakes it, so that each client of another
// processor would begin with cold caches; and a client that waits leaves its processor anyway. But
// who is bound to a processor cannot get away from others that are busy there. So the thread looks
// from time to time: when it had to wait for its turn for more than kWaitMax of the time, it is let
// go until the next look, and then settles where the kernel has put it.
//
// Threads: the one that it keeps.

#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace superfluid::os {

// For how long the calling thread was ready to run and did not, ever.
base::Result<std::uint64_t> waited_ns();

class HomeProcessor {
 public:
  static constexpr unsigned kWaitMaxPercent = 5;

  // `waited` is what waited_ns() says now. Settles at once.
  HomeProcessor(std::uint64_t waited, base::Instant now);
  HomeProcessor(const HomeProcessor&) = delete;
  HomeProcessor& operator=(const HomeProcessor&) = delete;
  // Lets go.
  ~HomeProcessor();

  void look(std::uint64_t waited, base::Instant now);
  // Where it is settled; nullopt: it may be anywhere.
  std::optional<unsigned> where() const { return where_; }

 private:
  void settle();
  void let_go();

  std::uint64_t waited_;
  base::Instant looked_at_;
  std::optional<unsigned> where_;
};

}  // namespace superfluid::os
