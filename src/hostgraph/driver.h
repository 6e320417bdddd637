// SPDX-License-Identifier: Apache-2.0
// Driver: gives a graph its turns in a Linux process: rounds while there is work, sleep in epoll
// until the next timer or a descriptor when there is none.
//
//   SF_TRY(driver, Driver::create({.simulated_time = true}));
//   auto router = graph::Router::build(flat, registry,
//                                      {.clock = driver->clock(), ..., .host = driver.get()}, ...);
//   SF_TRY(end, driver->run(router));
//
// Elements that wait for descriptors find their lane's loop by Driver::loop_of(*this) and keep the
// Subscription that it gives them; the driver sleeps as long as nothing is told.
//
// Live reconfiguration: allow_reconfiguration() gives a router the global write handler
// `hotconfig`. What is written to it is built beside the router that runs; if that fails, the
// writer is told why and the graph goes on, else the new router takes over (graph/router.h) when
// the round is over, which it is after the task that runs.
//
// Simulated time starts at kSimulatedEpoch and stands still while there is work; when there is
// none it jumps to the next timer. A graph without a timer left waits for descriptors and signals.
//
// Invariants
//   1. An idle graph has no rounds: one round per timer that is due and per turn of the loop in
//      which a descriptor was told.
//   2. A busy graph serves descriptors and signals at least every kBusyRoundsMax rounds, and at
//      the first round's end that is kBusyTimeMax after the last time.
//   3. The Driver outlives the routers that it runs.
//   4. When several routers are to replace the one that runs before its round is over, the last
//      does.
//
// Randomness: next_seed() is what a router is to be given as its random_seed. By default nobody can
// guess it, since what is drawn hides the places of flows in their tables; in simulated time, where
// runs are meant to repeat, it is always the same.
//
// Threads: everything belongs to the one that called create(). SIGINT and SIGTERM are blocked in it
// while run() runs, so a process that has other threads blocks them there too. For a graph of
// several lanes run() starts a thread for each but the first, in which all signals are blocked, and
// ends them before it returns; each has a loop of its own for its elements' descriptors, and a Gate
// keeps them apart where they must be. In simulated time the lanes take turns in the one thread,
// so that a run repeats.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/units.h"
#include "graph/router.h"
#include "hostgraph/gate.h"
#include "os/clock.h"
#include "os/event_loop.h"
#include "os/mutex.h"

namespace superfluid::hostgraph {

// Seconds since 1970 at which simulated time begins; Click's, which its scripts print.
inline constexpr base::Duration kSimulatedEpoch = base::seconds(1'000'000'000);

struct DriverOptions {
  bool simulated_time = false;
  base::Duration simulated_epoch = kSimulatedEpoch;
  // For runs that repeat; without it the kernel's randomness, in simulated time a fixed number.
  std::optional<std::uint64_t> random_seed = {};
  std::size_t threads = 1;  // at most graph::kLanesMax
  // Thread i of the graph is bound to this processor + i, counted round those that there are.
  std::optional<std::size_t> first_processor = {};
};

// Why a graph no longer runs.
enum class End : std::uint8_t {
  kStopped,      // it stopped itself
  kInterrupted,  // SIGINT or SIGTERM
};

class Driver final : public graph::Host {
 public:
  static constexpr int kBusyRoundsMax = 64;
  static constexpr base::Duration kBusyTimeMax = base::microseconds(100);

  static base::Result<std::unique_ptr<Driver>> create(const DriverOptions& options = {});

  // The driver of an element's router. REQUIRES: there is one, as always where elements of this
  // room are registered.
  static Driver& of(const graph::Router& router);
  static os::EventLoop& loop_of(const graph::Element& element);

  const base::Clock& clock() const;
  // Another one for each router.
  std::uint64_t next_seed() { return seeds_.next(); }
  // The first lane's.
  os::EventLoop& loop() { return *runners_[0].loop; }
  // A router is to be given as many lanes.
  std::size_t threads() const { return threads_; }

  // Until the graph stops or the process is told to end. `router` is then the one that ran last.
  base::Result<End> run(std::unique_ptr<graph::Router>& router);

  // A router from a configuration's text, to replace `running`; the Error says all that is wrong
  // with the text. It is called while `running` runs, which may have been built so itself.
  using Rebuild = std::function<base::Result<std::unique_ptr<graph::Router>>(
      std::string_view text, graph::Router& running)>;
  void allow_reconfiguration(graph::Router& router, Rebuild rebuild);
  // A router stands ready to take over: what is asked of the one that runs may better wait for it.
  bool is_replacing() const { return next_ != nullptr; }

  // Of all lanes. REQUIRES: none runs.
  std::uint64_t rounds() const;

  void wake_lane(std::size_t lane) override;
  void hold_lanes() override;
  void release_lanes() override;
  base::Result<std::string> read_file(std::string_view path) override;
  base::Status write_file(std::string_view path, std::string_view text, bool appends) override;
  base::Status at_signal(int signal, const void* owner, std::function<void()> tell) override;
  void forget_signals(const void* owner) override;
  base::Status send_signal(std::uint32_t process, int signal) override;
  std::uint32_t process() const override;

 private:
  explicit Driver(const DriverOptions& options);

  // What a lane's turns need.
  struct Runner {
    std::unique_ptr<os::EventLoop> loop;
    std::uint64_t rounds = 0;
    int rounds_since_look = 0;
    base::Instant last_look{};
  };

  base::Result<End> run_until_end(std::unique_ptr<graph::Router>& router);
  base::Status start_threads();
  base::Status bind(std::size_t lane) const;
  void end_threads();
  void run_lane(std::size_t lane);
  base::Status turn(std::size_t lane);
  base::Status turn_simulated();
  void give_hotconfig(graph::Router& router);
  base::Status replace(graph::Router& router, std::string_view text);
  void swap(std::unique_ptr<graph::Router>& router);
  base::Status rest(std::size_t lane);
  base::Status sleep(std::size_t lane, base::Duration at_most);
  base::Status rest_simulated();
  base::Status look_around(Runner& runner, base::Instant now);
  base::Status take_signal(int signal);
  void tell_signal(int signal);
  void leave_signal_alone(int signal);

  struct SignalCall {
    int signal;
    const void* owner;
    std::function<void()> tell;
  };

  os::SystemClock system_clock_;
  std::optional<base::ManualClock> simulated_clock_;
  base::Rng seeds_;
  std::size_t threads_;
  std::optional<std::size_t> first_processor_;
  std::vector<Runner> runners_;  // one for each thread; in simulated time, one
  graph::Router* running_ = nullptr;
  Rebuild rebuild_;
  std::unique_ptr<graph::Router> next_;  // takes over when the round is over
  bool interrupted_ = false;
  std::optional<Gate> gate_;  // while there are threads
  std::vector<std::thread> lane_threads_;
  std::atomic<bool> ending_{false};
  os::Mutex failure_mutex_;
  std::optional<base::Error> failure_ SF_GUARDED_BY(failure_mutex_);  // of a lane's thread
  std::vector<SignalCall> signal_calls_;
  std::map<int, os::Subscription> signals_;  // those that the loop takes
};

}  // namespace superfluid::hostgraph
