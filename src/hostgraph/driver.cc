// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/driver.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "hostgraph/load.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/random.h"
#include "os/thread.h"

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

// The lane that this thread runs.
thread_local std::size_t own_lane = 0;

}  // namespace

Driver::Driver(const DriverOptions& options)
    : seeds_(seed_of(options)),
      threads_(std::clamp<std::size_t>(options.threads, 1, graph::kLanesMax)),
      first_processor_(options.first_processor) {
  if (options.simulated_time) {
    simulated_clock_.emplace(options.simulated_epoch);
  }
}

base::Result<std::unique_ptr<Driver>> Driver::create(const DriverOptions& options) {
  // rules: allow new-delete: make_unique has no way to the private constructor
  std::unique_ptr<Driver> driver(new Driver(options));
  const std::size_t loops = driver->simulated_clock_ ? 1 : driver->threads_;
  while (driver->runners_.size() < loops) {
    SF_TRY(loop, os::EventLoop::create(driver->system_clock_));
    driver->runners_.push_back({.loop = std::move(loop)});
  }
  return driver;
}

Driver& Driver::of(const graph::Router& router) {
  auto* driver = static_cast<Driver*>(router.host());
  base::check(driver != nullptr, "elements of hostgraph run on a Driver");
  return *driver;
}

os::EventLoop& Driver::loop_of(const graph::Element& element) {
  Driver& driver = of(element.router());
  return *driver.runners_[driver.simulated_clock_ ? 0 : element.lane().index()].loop;
}

const base::Clock& Driver::clock() const {
  return simulated_clock_ ? static_cast<const base::Clock&>(*simulated_clock_) : system_clock_;
}

base::Result<End> Driver::run(std::unique_ptr<graph::Router>& router) {
  base::check(router->lanes() == threads_, "a router has a lane for each thread");
  running_ = router.get();
  base::Result<End> end = run_until_end(router);
  end_threads();
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
  SF_CHECKED(start_threads());
  while (!interrupted_ && !router->stopped() && !ending_) {
    SF_CHECKED(simulated_clock_ ? turn_simulated() : turn(0));
    if (next_ != nullptr) {
      swap(router);
    }
  }
  const os::MutexLock lock(failure_mutex_);
  if (failure_) {
    return base::pass(*std::exchange(failure_, {}));
  }
  return router->stopped() ? End::kStopped : End::kInterrupted;
}

base::Status Driver::bind(std::size_t lane) const {
  return first_processor_ ? os::bind_to_processor(*first_processor_ + lane) : base::Status();
}

base::Status Driver::start_threads() {
  ending_ = false;
  SF_CHECKED(bind(0));
  if (runners_.size() == 1) {
    return {};
  }
  gate_.emplace(runners_.size());
  gate_->enter(0);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // inherited
  base::Status started;
  for (std::size_t lane = 1; lane < runners_.size() && started; ++lane) {
    try {
      lane_threads_.emplace_back([this, lane] { run_lane(lane); });
    } catch (const std::system_error& error) {
      started = base::fail(base::ErrorCode::kExhausted,
                           base::cat("start thread ", lane, ": ", error.code().message()));
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void Driver::end_threads() {
  if (!gate_) {
    return;
  }
  ending_ = true;
  for (std::size_t lane = 1; lane < runners_.size(); ++lane) {
    wake_lane(lane);
  }
  gate_->leave(0);
  for (std::thread& thread : lane_threads_) {
    thread.join();
  }
  lane_threads_.clear();
  gate_.reset();
}

void Driver::run_lane(std::size_t lane) {
  own_lane = lane;
  os::name_thread(base::cat("thread ", lane));
  gate_->enter(lane);
  base::Status status = bind(lane);
  while (status && !ending_) {
    status = turn(lane);
  }
  gate_->leave(lane);
  if (!status) {
    const os::MutexLock lock(failure_mutex_);
    failure_ = std::move(status).error();
    ending_ = true;
    wake_lane(0);
  }
}

std::uint64_t Driver::rounds() const {
  std::uint64_t rounds = 0;
  for (const Runner& runner : runners_) {
    rounds += runner.rounds;
  }
  return rounds;
}

void Driver::wake_lane(std::size_t lane) {
  if (lane < runners_.size()) {
    runners_[lane].loop->post([] {});
  }
}

void Driver::hold_lanes() {
  if (gate_) {
    gate_->hold(own_lane);
  }
}

// What was done meanwhile may be for a lane that sleeps.
void Driver::release_lanes() {
  if (!gate_ || !gate_->release(own_lane)) {
    return;
  }
  for (std::size_t lane = 0; lane < runners_.size(); ++lane) {
    if (lane != own_lane && running_->lane(lane).must_wake()) {
      wake_lane(lane);
    }
  }
}

base::Status Driver::turn(std::size_t lane) {
  if (gate_) {
    gate_->pass(lane);
  }
  Runner& runner = runners_[lane];
  ++runner.rounds;
  if (running_->run_round(lane)) {
    return look_around(runner, running_->lane(lane).schedule().now());
  }
  if (running_->stopped()) {
    return lane == 0 ? base::Status() : sleep(lane, kForever);  // the first lane ends the others
  }
  return lane == 0 && next_ != nullptr ? base::Status() : rest(lane);
}

base::Status Driver::turn_simulated() {
  bool busy = false;
  ++runners_[0].rounds;
  for (std::size_t lane = 0; lane < threads_; ++lane) {
    busy |= running_->run_round(lane);
  }
  if (busy) {
    return look_around(runners_[0], running_->schedule().now());
  }
  return running_->stopped() || next_ != nullptr ? base::Status() : rest_simulated();
}

// Between rounds, where no element is at work.
void Driver::swap(std::unique_ptr<graph::Router>& router) {
  if (gate_) {
    gate_->hold_between(0);
  }
  next_->take_over();
  running_ = next_.get();
  router = std::move(next_);
  if (gate_) {
    gate_->release(0);
    for (std::size_t lane = 1; lane < runners_.size(); ++lane) {
      wake_lane(lane);
    }
  }
}

void Driver::allow_reconfiguration(graph::Router& router, Rebuild rebuild) {
  rebuild_ = std::move(rebuild);
  give_hotconfig(router);
}

void Driver::give_hotconfig(graph::Router& router) {
  router.global_handlers().write(
      "hotconfig", [this, &router](std::string_view text) { return replace(router, text); });
}

base::Status Driver::replace(graph::Router& router, std::string_view text) {
  if (running_ != &router) {
    return base::fail(base::ErrorCode::kConflict, "the graph does not run");
  }
  SF_TRY(next, rebuild_(text, router));
  give_hotconfig(*next);
  next_ = std::move(next);
  router.schedule().interrupt();
  return {};
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
    SF_TRY(taken, runners_[0].loop->on_signal(signal, [this, signal] { tell_signal(signal); }));
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

// Between the rounds of a busy lane: serves what is ready, if it is time.
base::Status Driver::look_around(Runner& runner, base::Instant now) {
  if (++runner.rounds_since_look < kBusyRoundsMax && now - runner.last_look < kBusyTimeMax) {
    return {};
  }
  runner.rounds_since_look = 0;
  runner.last_look = now;
  return runner.loop->turn(base::Duration());
}

// There is nothing to do before the next timer.
base::Status Driver::rest(std::size_t lane) {
  if (!running_->fall_asleep(lane)) {
    return {};
  }
  const std::optional<base::Instant> next = running_->lane(lane).schedule().next_timer();
  base::Status status =
      sleep(lane, next ? std::max(base::Duration(), *next - clock().now()) : kForever);
  running_->lane(lane).awake();  // meanwhile it may be another router
  return status;
}

// A lane among several sleeps outside the gate, and serves what woke it inside.
base::Status Driver::sleep(std::size_t lane, base::Duration at_most) {
  os::EventLoop& loop = *runners_[lane].loop;
  if (!gate_) {
    return loop.turn(at_most);
  }
  gate_->leave(lane);
  base::Status status = loop.wait(at_most);
  gate_->enter(lane);
  return status ? loop.turn(base::Duration()) : status;
}

// The clock jumps to the first timer of all lanes.
base::Status Driver::rest_simulated() {
  bool something = false;
  std::optional<base::Instant> next;
  for (std::size_t lane = 0; lane < threads_; ++lane) {
    graph::Lane& each = running_->lane(lane);
    something |= !running_->fall_asleep(lane);
    each.awake();
    const std::optional<base::Instant> timer = each.schedule().next_timer();
    next = next && timer ? std::min(next, timer) : (next ? next : timer);
  }
  if (something) {
    return {};
  }
  if (!next) {
    return runners_[0].loop->turn(kForever);
  }
  simulated_clock_->advance(std::max(base::Duration(), *next - clock().now()));
  return look_around(runners_[0], *next);
}

base::Result<std::string> Driver::read_file(std::string_view path) {
  return os::read_text(std::string(path), kConfigBytesMax);
}

base::Status Driver::write_file(std::string_view path, std::string_view text, bool appends) {
  const int flags = O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC);
  SF_TRY(file, os::open_file(std::string(path), flags, 0644));
  return os::write_all(file.get(), base::bytes_of(text));
}

base::Status Driver::send_signal(std::uint32_t process, int signal) {
  if (::kill(static_cast<pid_t>(process), signal) != 0) {
    return os::fail_errno(base::cat("send signal ", signal, " to ", process), errno);
  }
  return {};
}

std::uint32_t Driver::process() const { return static_cast<std::uint32_t>(::getpid()); }

}  // namespace superfluid::hostgraph
