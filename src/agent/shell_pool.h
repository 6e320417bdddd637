// SPDX-License-Identifier: Apache-2.0
// ShellPool: the warm shells that wait for a start, per size, and the starts that wait for a shell.
//
// A start takes a shell and does not wait; the order for the next one goes out when refill() is
// called, which its owner does after the start was answered. Only where the pool is empty does a
// start wait, in order of arrival, until `wait_max`.
//
// Invariants
//   1. A machine is in the pool or with one taker, never both.
//   2. Every taker is called once: with a machine, or with why there is none.
//   3. Orders that fail are repeated after a pause that doubles; meanwhile whoever waits is told
//      the failure at once instead of at its deadline.
//
// Threads: the loop's. Takers are called from within take() or from the loop.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "agent/images.h"
#include "agent/machines.h"
#include "agent/pool_policy.h"
#include "base/clock.h"
#include "os/event_loop.h"

namespace superfluid::agent {

class ShellPool {
 public:
  using Taker = std::function<void(base::Result<MachinePtr>)>;
  struct Options {
    PoolLimits limits = {};
    base::Duration wait_max = base::seconds(10);
    std::size_t waiting_max = 4096;
  };

  // All three outlive the pool.
  ShellPool(os::EventLoop& loop, const base::Clock& clock, MachineSource& source,
            const Options& options);

  // From now on `level` shells of this size are kept, also before the first start.
  void keep(const vmm::ShellSize& size);
  // A machine that last ran this image, where there is one: it has the image in place.
  void take(const vmm::ShellSize& size, const std::optional<ImageKey>& image, Taker taker);
  // A machine that is warm again. The pool keeps it or ends it.
  void give_back(MachinePtr machine);
  void refill();

  // What the source says. gone() is for machines of the pool and others alike.
  void warm(MachinePtr machine);
  void failed(const base::Error& error);
  void gone(Machine::Id id);
  // Refuses everybody and orders nothing any more.
  void close(const base::Error& why);

  std::size_t idle() const;
  std::size_t machines() const { return machines_; }
  // A machine that this pool did not order.
  void count_found() { ++machines_; }

 private:
  struct BySize {
    bool operator()(const vmm::ShellSize& a, const vmm::ShellSize& b) const {
      return std::tuple(a.ram, a.ports, a.slots) < std::tuple(b.ram, b.ports, b.slots);
    }
  };
  struct Waiting {
    std::optional<ImageKey> image;
    Taker taker;
    base::Instant deadline;
  };
  struct Sort {
    std::vector<MachinePtr> idle;
    std::deque<Waiting> waiting;
    std::uint32_t ordered = 0;
    ArrivalRate rate;
  };

  // The idle machine to be taken for an image.
  std::vector<MachinePtr>::iterator choose(Sort& sort, const std::optional<ImageKey>& image) const;
  void hand_out(MachinePtr machine, const std::optional<ImageKey>& image, const Taker& taker);
  void refill(const vmm::ShellSize& size, Sort& sort);
  // What a rush has left, once it is over.
  std::size_t kept_at_most(const Sort& sort) const;
  void trim();
  PoolView view_of(const Sort& sort) const;
  void pause(const base::Error& error);
  void refuse_all(const base::Error& why);
  void watch_deadlines();
  void refuse_late();

  os::EventLoop& loop_;
  const base::Clock& clock_;
  MachineSource& source_;
  Options options_;
  std::map<vmm::ShellSize, Sort, BySize> sorts_;
  std::map<Machine::Id, ImageKey> last_images_;  // of machines that were taken for one
  std::deque<vmm::ShellSize> orders_;            // unanswered ones, oldest first
  std::size_t machines_ = 0;
  unsigned failures_ = 0;  // in a row
  bool pausing_ = false;   // after a failure; the retry will come
  bool closed_ = false;
  os::Subscription retry_;
  os::Subscription deadline_;
  bool will_trim_ = false;
  os::Subscription calm_;  // when it is looked whether there are too many
};

}  // namespace superfluid::agent
