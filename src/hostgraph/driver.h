// SPDX-License-Identifier: Apache-2.0
// Driver: gives a graph its turns in a Linux process: rounds while there is work, sleep in epoll
// until the next timer or a descriptor when there is none.
//
//   SF_TRY(driver, Driver::create({.simulated_time = true}));
//   auto router = graph::Router::build(flat, registry,
//                                      {.clock = driver->clock(), ..., .host = driver.get()}, ...);
//   SF_TRY(end, driver->run(router));
//
// Elements that wait for descriptors find the loop by Driver::of(router()).loop() and keep the
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
// Threads: one; the one that called create(). SIGINT and SIGTERM are blocked in it while run()
// runs, so a process that has other threads blocks them there too.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/units.h"
#include "graph/router.h"
#include "os/clock.h"
#include "os/event_loop.h"

namespace superfluid::hostgraph {

// Seconds since 1970 at which simulated time begins; Click's, which its scripts print.
inline constexpr base::Duration kSimulatedEpoch = base::seconds(1'000'000'000);

struct DriverOptions {
  bool simulated_time = false;
  base::Duration simulated_epoch = kSimulatedEpoch;
  // For runs that repeat; without it the kernel's randomness, in simulated time a fixed number.
  std::optional<std::uint64_t> random_seed = {};
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

  const base::Clock& clock() const;
  // Another one for each router.
  std::uint64_t next_seed() { return seeds_.next(); }
  os::EventLoop& loop() { return *loop_; }

  // Until the graph stops or the process is told to end. `router` is then the one that ran last.
  base::Result<End> run(std::unique_ptr<graph::Router>& router);

  // A router from a configuration's text, to replace `running`; the Error says all that is wrong
  // with the text. It is called while `running` runs, and copied from router to router.
  using Rebuild = std::function<base::Result<std::unique_ptr<graph::Router>>(
      std::string_view text, graph::Router& running)>;
  void allow_reconfiguration(graph::Router& router, Rebuild rebuild);
  // A router stands ready to take over: what is asked of the one that runs may better wait for it.
  bool is_replacing() const { return next_ != nullptr; }

  // Calls `tell` when the signal comes next, once. As long as somebody waits for it, it does
  // nothing else to the process.
  base::Status at_signal(int signal, const void* owner, std::function<void()> tell);
  void forget_signals(const void* owner);

  std::uint64_t rounds() const { return rounds_; }

 private:
  explicit Driver(const DriverOptions& options);

  base::Result<End> run_until_end(std::unique_ptr<graph::Router>& router);
  void swap(std::unique_ptr<graph::Router>& router);
  base::Status rest(graph::Router& router);
  base::Status look_around(base::Instant now);
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
  std::unique_ptr<os::EventLoop> loop_;
  const graph::Router* running_ = nullptr;
  std::unique_ptr<graph::Router> next_;  // takes over when the round is over
  std::uint64_t rounds_ = 0;
  int rounds_since_look_ = 0;
  base::Instant last_look_;
  bool interrupted_ = false;
  std::vector<SignalCall> signal_calls_;
  std::map<int, os::Subscription> signals_;  // those that the loop takes
};

}  // namespace superfluid::hostgraph
