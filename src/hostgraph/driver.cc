// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/driver.h"

#include <algorithm>
#include <csignal>
#include <limits>

#include "base/check.h"

namespace superfluid::hostgraph {
namespace {

constexpr base::Duration kForever{std::numeric_limits<std::int64_t>::max()};

}  // namespace

Driver::Driver(const DriverOptions& options) {
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
  return end;
}

base::Result<End> Driver::run_until_end(std::unique_ptr<graph::Router>& router) {
  interrupted_ = false;
  const auto interrupt = [this] { interrupted_ = true; };
  SF_TRY(on_interrupt, loop_->on_signal(SIGINT, interrupt));
  SF_TRY(on_terminate, loop_->on_signal(SIGTERM, interrupt));
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
        return {};
      });
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
