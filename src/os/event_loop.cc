// SPDX-License-Identifier: Apache-2.0
#include "os/event_loop.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/check.h"
#include "base/text.h"
#include "os/errno.h"

namespace superfluid::os {
namespace {

// Ids that epoll answers for the loop's own descriptors; watches count from above.
constexpr std::uint64_t kWakeId = 0;
constexpr std::uint64_t kSignalsId = 1;
constexpr std::uint64_t kFirstId = 2;

constexpr std::size_t kEventsPerTurn = 64;
constexpr base::Duration kForever = base::seconds(3600);

std::uint32_t events_of(Interest interest) {
  return (interest.readable ? std::uint32_t{EPOLLIN} : 0u) |
         (interest.writable ? std::uint32_t{EPOLLOUT} : 0u);
}

base::Status control(int epoll, int operation, int fd, std::uint64_t id, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll, operation, fd, &event) != 0) {
    return fail_errno("watch a descriptor", errno);
  }
  return {};
}

sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

timespec timespec_of(base::Duration duration) {
  return {.tv_sec = duration.count() / base::seconds(1).count(),
          .tv_nsec = duration.count() % base::seconds(1).count()};
}

}  // namespace

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    loop_ = std::exchange(other.loop_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void Subscription::reset() {
  if (EventLoop* loop = std::exchange(loop_, nullptr)) {
    loop->remove(id_);
  }
}

base::Result<std::unique_ptr<EventLoop>> EventLoop::create(const base::Clock& clock) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) {
    return fail_errno("create an epoll descriptor", errno);
  }
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) {
    return fail_errno("create an eventfd", errno);
  }
  sigset_t none;
  sigemptyset(&none);
  UniqueFd signals(::signalfd(-1, &none, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    return fail_errno("create a signalfd", errno);
  }
  SF_CHECKED(control(epoll.get(), EPOLL_CTL_ADD, wake.get(), kWakeId, EPOLLIN));
  SF_CHECKED(control(epoll.get(), EPOLL_CTL_ADD, signals.get(), kSignalsId, EPOLLIN));
  return std::unique_ptr<EventLoop>(
      // rules: allow new-delete: the constructor is private; owned at once
      new EventLoop(clock, std::move(epoll), std::move(wake), std::move(signals)));
}

EventLoop::EventLoop(const base::Clock& clock, UniqueFd epoll, UniqueFd wake, UniqueFd signals)
    : clock_(clock),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      signals_(std::move(signals)),
      next_id_(kFirstId) {}

EventLoop::~EventLoop() {
  base::check(entries_.empty(), "an EventLoop outlives its Subscriptions");
}

base::Result<Subscription> EventLoop::watch(int fd, Interest interest, FdHandler handler) {
  const std::uint64_t id = next_id_++;
  SF_CHECKED(control(epoll_.get(), EPOLL_CTL_ADD, fd, id, events_of(interest)));
  entries_.emplace(id, std::make_shared<Entry>(Entry{.on_ready = std::move(handler), .fd = fd}));
  return Subscription(this, id);
}

base::Status EventLoop::change(const Subscription& watch, Interest interest) {
  const auto found = entries_.find(watch.id_);
  base::check(watch.loop_ == this && found != entries_.end() && found->second->fd >= 0,
              "only a watch of this loop has an interest");
  return control(epoll_.get(), EPOLL_CTL_MOD, found->second->fd, watch.id_, events_of(interest));
}

Subscription EventLoop::at(base::Instant deadline, Handler handler) {
  return add_timer(deadline, base::Duration(), std::move(handler));
}

Subscription EventLoop::after(base::Duration delay, Handler handler) {
  return at(clock_.now() + delay, std::move(handler));
}

Subscription EventLoop::every(base::Duration period, Handler handler) {
  base::check(period > base::Duration(), "a period is longer than nothing");
  return add_timer(clock_.now() + period, period, std::move(handler));
}

Subscription EventLoop::add_timer(base::Instant deadline, base::Duration period, Handler handler) {
  const std::uint64_t id = next_id_++;
  entries_.emplace(
      id, std::make_shared<Entry>(Entry{
              .call = std::move(handler), .deadline = deadline, .period = period, .armed = true}));
  timers_.emplace(deadline, id);
  return Subscription(this, id);
}

base::Result<Subscription> EventLoop::on_signal(int signal, Handler handler) {
  sigset_t all = only(signal);
  for (const auto& [id, entry] : entries_) {
    if (entry->signal == signal) {
      return base::fail(base::ErrorCode::kConflict,
                        base::cat("signal ", signal, " has a handler already"));
    }
    if (entry->signal != 0) {
      sigaddset(&all, entry->signal);
    }
  }
  if (::signalfd(signals_.get(), &all, 0) < 0) {
    return fail_errno("take a signal", errno);
  }
  const sigset_t taken = only(signal);
  base::check(::pthread_sigmask(SIG_BLOCK, &taken, nullptr) == 0, "a signal can be blocked");
  const std::uint64_t id = next_id_++;
  entries_.emplace(id,
                   std::make_shared<Entry>(Entry{.call = std::move(handler), .signal = signal}));
  return Subscription(this, id);
}

void EventLoop::post(Handler work) {
  {
    const MutexLock lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  const std::uint64_t one = 1;
  // Full means 2^64 - 2 wakes are pending; the loop will come either way.
  base::check(::write(wake_.get(), &one, sizeof one) == sizeof one || errno == EAGAIN,
              "an eventfd takes a wake");
}

base::Status EventLoop::run() {
  stopping_ = false;
  while (!stopping_) {
    SF_CHECKED(turn(kForever));
  }
  return {};
}

base::Status EventLoop::wait(base::Duration wait_max) const {
  const timespec timeout = timespec_of(wait_max);
  pollfd events{.fd = epoll_.get(), .events = POLLIN, .revents = 0};
  if (::ppoll(&events, 1, &timeout, nullptr) < 0 && errno != EINTR) {
    return fail_errno("wait for events", errno);
  }
  return {};
}

base::Status EventLoop::turn(base::Duration wait_max) {
  base::check(wait_max >= base::Duration(), "a wait is not negative");
  const timespec timeout = timespec_of(time_to_wait(wait_max));
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), kEventsPerTurn, &timeout, nullptr);
  if (count < 0 && errno != EINTR) {
    return fail_errno("wait for events", errno);
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    switch (event.data.u64) {
      case kWakeId: serve_posted(); break;
      case kSignalsId: serve_signals(); break;
      default: serve_watch(event.data.u64, event.events); break;
    }
  }
  serve_timers();
  return {};
}

base::Duration EventLoop::time_to_wait(base::Duration wait_max) const {
  if (timers_.empty()) {
    return wait_max;
  }
  const base::Duration left = timers_.begin()->first - clock_.now();
  return std::clamp(left, base::Duration(), wait_max);
}

void EventLoop::serve_watch(std::uint64_t id, std::uint32_t events) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return;  // dropped by a handler earlier in this turn
  }
  const std::shared_ptr<Entry> entry = found->second;
  entry->on_ready({.readable = (events & EPOLLIN) != 0,
                   .writable = (events & EPOLLOUT) != 0,
                   .hung_up = (events & (EPOLLHUP | EPOLLERR)) != 0});
}

void EventLoop::serve_posted() {
  std::uint64_t wakes = 0;
  // Reset before the queue is taken: a post() in between wakes the next turn.
  (void)!::read(wake_.get(), &wakes, sizeof wakes);
  std::vector<Handler> work;
  {
    const MutexLock lock(posted_mutex_);
    work.swap(posted_);
  }
  for (const Handler& item : work) {
    item();
  }
}

void EventLoop::serve_signals() {
  signalfd_siginfo arrived{};
  while (::read(signals_.get(), &arrived, sizeof arrived) == sizeof arrived) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& item) {
      return item.second->signal == static_cast<int>(arrived.ssi_signo);
    });
    if (found != entries_.end()) {
      const std::shared_ptr<Entry> entry = found->second;
      entry->call();
    }
  }
}

void EventLoop::serve_timers() {
  if (timers_.empty()) {
    return;
  }
  const base::Instant now = clock_.now();
  std::vector<std::uint64_t> due;
  for (auto next = timers_.begin(); next != timers_.end() && next->first <= now; ++next) {
    due.push_back(next->second);
  }
  for (const std::uint64_t id : due) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || !found->second->armed) {
      continue;
    }
    const std::shared_ptr<Entry> entry = found->second;
    timers_.erase({entry->deadline, id});
    entry->armed = entry->period > base::Duration();
    if (entry->armed) {
      const base::Instant next = entry->deadline + entry->period;
      entry->deadline = next > now ? next : now + entry->period;
      timers_.emplace(entry->deadline, id);
    }
    entry->call();
  }
}

void EventLoop::remove(std::uint64_t id) {
  const auto found = entries_.find(id);
  base::check(found != entries_.end(), "a Subscription is dropped once");
  const std::shared_ptr<Entry> entry = found->second;
  entries_.erase(found);
  if (entry->fd >= 0) {
    base::check(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, entry->fd, nullptr) == 0,
                "a watched descriptor outlives its Subscription");
  }
  if (entry->armed) {
    timers_.erase({entry->deadline, id});
    entry->armed = false;
  }
  if (entry->signal != 0) {
    sigset_t rest;
    sigemptyset(&rest);
    for (const auto& [other, kept] : entries_) {
      if (kept->signal != 0) {
        sigaddset(&rest, kept->signal);
      }
    }
    ::signalfd(signals_.get(), &rest, 0);
    const sigset_t freed = only(entry->signal);
    ::pthread_sigmask(SIG_UNBLOCK, &freed, nullptr);
  }
}

}  // namespace superfluid::os
