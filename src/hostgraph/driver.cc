// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/driver.h"

#include <algorithm>
#include <csignal>
#include <limits>

#include "base/check.h"
#include "os/random.h"

namespace superfluid::hostgraph {
namespace {

constexpr base::Duration kForever{std::numeric_limits<std::int64_t>::max()};

constexpr std::uint64_t kSimulatedSeed = 1;

std::uint64_t seed_of(const DriverOptions& options) {
  if (options.random_seed) {
    return *options.random_seed;
  }
  return options.simulated_time ? kSimulatedSeed : os::kernel_random();
}

}  // namespace

Driver::Driver(const DriverOptions& options) : seeds_(seed_of(options)) {
  if (options.simulated_time) {
    simulated_clock_.emplace(options.simulated_epoch);
  }
}

base::Result<std::unique_ptr<Driver>> Driver::create(const DriverOptions& options) {
  // rules: allow new-delete: make_unique has no way to the private constructor
  std::unique_ptr<Driver> driver(new Driver(options));
  SF_TRY(loop, os::EventLoop::create(driver->system_clock_));
  driver->loop_ = std::move(loop);
  return driver;
}

Driver& Driver::of(const graph::Router& router) {
  auto* driver = static_cast<Driver*>(router.host());
  base::check(driver != nullptr, "elements of hostgraph run on a Driver");
  return *driver;
}

const base::Clock& Driver::clock() const {
  return simulated_clock_ ? static_cast<const base::Clock&>(*simulated_clock_) : system_clock_;
}

base::Result<End> Driver::run(std::unique_ptr<graph::Router>& router) {
  running_ = router.get();
  base::Result<End> end = run_until_end(router);
  running_ = nullptr;
  next_.reset();  // before the router that it would have replaced
  leave_signal_alone(SIGINT);
  leave_signal_alone(SIGTERM);
  return end;
}

base::Result<End> Driver::run_until_end(std::unique_ptr<graph::Router>& router) {
  interrupted_ = false;
  SF_CHECKED(take_signal(SIGINT));
  SF_CHECKED(take_signal(SIGTERM));
  while (!interrupted_ && !router->stopped()) {
    ++rounds_;
    if (router->run_round()) {
      SF_CHECKED(look_around(router->schedule().now()));
    } else if (!router->stopped() && next_ == nullptr) {
      SF_CHECKED(rest(*router));
    }
    if (next_ != nullptr) {
      swap(router);
    }
  }
  return router->stopped() ? End::kStopped : End::kInterrupted;
}

// Between rounds, where no element is at work.
void Driver::swap(std::unique_ptr<graph::Router>& router) {
  next_->take_over();
  running_ = next_.get();
  router = std::move(next_);
}

void Driver::allow_reconfiguration(graph::Router& router, Rebuild rebuild) {
  router.global_handlers().write(
      "hotconfig",
      [this, &router, rebuild = std::move(rebuild)](std::string_view text) -> base::Status {
        if (running_ != &router) {
          return base::fail(base::ErrorCode::kConflict, "the graph does not run");
        }
        SF_TRY(next, rebuild(text, router));
        allow_reconfiguration(*next, rebuild);
        next_ = std::move(next);
        router.schedule().interrupt();
        return {};
      });
}

base::Status Driver::at_signal(int signal, const void* owner, std::function<void()> tell) {
  SF_CHECKED(take_signal(signal));
  signal_calls_.push_back({signal, owner, std::move(tell)});
  return {};
}

void Driver::forget_signals(const void* owner) {
  std::vector<int> signals;
  for (const SignalCall& call : signal_calls_) {
    if (call.owner == owner) {
      signals.push_back(call.signal);
    }
  }
  std::erase_if(signal_calls_, [&](const SignalCall& call) { return call.owner == owner; });
  std::ranges::for_each(signals, [this](int signal) { leave_signal_alone(signal); });
}

base::Status Driver::take_signal(int signal) {
  if (!signals_.contains(signal)) {
    SF_TRY(taken, loop_->on_signal(signal, [this, signal] { tell_signal(signal); }));
    signals_.emplace(signal, std::move(taken));
  }
  return {};
}

// Those that are told may wait for it anew. Nobody is told of an end of the process.
void Driver::tell_signal(int signal) {
  std::vector<SignalCall> due;
  for (SignalCall& call : signal_calls_) {
    if (call.signal == signal) {
      due.push_back(std::move(call));
    }
  }
  std::erase_if(signal_calls_, [&](const SignalCall& call) { return call.signal == signal; });
  interrupted_ |= due.empty();
  for (const SignalCall& call : due) {
    call.tell();
  }
  leave_signal_alone(signal);
}

// Unless somebody waits for it; SIGINT and SIGTERM are the driver's while it runs a graph.
void Driver::leave_signal_alone(int signal) {
  const bool waited_for = std::ranges::any_of(
      signal_calls_, [&](const SignalCall& call) { return call.signal == signal; });
  if (!waited_for && !(running_ != nullptr && (signal == SIGINT || signal == SIGTERM))) {
    signals_.erase(signal);
  }
}

// Between the rounds of a busy graph: serves what is ready, if it is time.
base::Status Driver::look_around(base::Instant now) {
  if (++rounds_since_look_ < kBusyRoundsMax && now - last_look_ < kBusyTimeMax) {
    return {};
  }
  rounds_since_look_ = 0;
  last_look_ = now;
  return loop_->turn(base::Duration());
}

// There is nothing to do before the next timer.
base::Status Driver::rest(graph::Router& router) {
  const std::optional<base::Instant> next = router.schedule().next_timer();
  if (!next) {
    return loop_->turn(kForever);
  }
  const base::Duration left = std::max(base::Duration(), *next - clock().now());
  if (!simulated_clock_) {
    return loop_->turn(left);
  }
  simulated_clock_->advance(left);
  return look_around(*next);
}

}  // namespace superfluid::hostgraph
