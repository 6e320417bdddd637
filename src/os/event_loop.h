// SPDX-License-Identifier: Apache-2.0
// EventLoop: one thread waits for descriptors, timers, signals and other threads' messages, and
// calls one handler at a time.
//
//   SF_TRY(loop, EventLoop::create(clock));
//   SF_TRY(watch, loop->watch(socket.get(), {.readable = true}, [&](Ready ready) { ... }));
//   auto tick = loop->every(base::seconds(1), [&] { ... });
//   SF_TRY(term, loop->on_signal(SIGTERM, [&] { loop->stop(); }));
//   return loop->run();
//
// Invariants
//   1. A handler lives as long as its Subscription. Once the Subscription is gone the handler is
//      not called again, also when its event was already fetched; it may drop its own Subscription
//      while it runs.
//   2. The loop outlives its Subscriptions; a descriptor outlives its Subscription. (A descriptor
//      closed first could come back as another's number, and that one's watch would be removed.)
//   3. One turn serves a descriptor or a timer at most once, and what is posted or re-armed without
//      delay while it serves waits for the next: nobody starves.
//   4. Timers fire in the order of their deadlines, equal ones in the order of their making, never
//      early. every() skips the periods that it missed.
//   5. Descriptors are level-triggered: what is not consumed is told again.
//
// Threads: everything belongs to the thread that runs the loop, save post(), which any thread may
// call as long as the loop exists, and what wait() says. Time: from the Clock given; a test with a
// ManualClock calls turn() with no wait.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "os/mutex.h"
#include "os/unique_fd.h"

namespace superfluid::os {

class EventLoop;

// What a watch waits for.
struct Interest {
  bool readable = false;
  bool writable = false;
};

// What it got. `hung_up` (peer gone, or an error pending) is told whatever the interest.
struct Ready {
  bool readable = false;
  bool writable = false;
  bool hung_up = false;
};

// Holds a handler in the loop; drops it when destroyed.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  Subscription(Subscription&& other) noexcept
      : loop_(std::exchange(other.loop_, nullptr)), id_(other.id_) {}
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription() { reset(); }

  void reset();

 private:
  friend class EventLoop;
  Subscription(EventLoop* loop, std::uint64_t id) : loop_(loop), id_(id) {}

  EventLoop* loop_ = nullptr;
  std::uint64_t id_ = 0;
};

class EventLoop {
 public:
  using Handler = std::function<void()>;
  using FdHandler = std::function<void(Ready)>;

  // On the heap, because Subscriptions point to it.
  static base::Result<std::unique_ptr<EventLoop>> create(const base::Clock& clock);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // kConflict when the descriptor is watched already, kNotPermitted when it cannot be (a file).
  base::Result<Subscription> watch(int fd, Interest interest, FdHandler handler);
  base::Status change(const Subscription& watch, Interest interest);

  // Once at a time, once after a delay, or every `period` (> 0). A timer that fired stays
  // subscribed to nothing; dropping it is harmless.
  Subscription at(base::Instant deadline, Handler handler);
  Subscription after(base::Duration delay, Handler handler);
  Subscription every(base::Duration period, Handler handler);

  // Takes the signal from the process: blocked in this thread, so call it before other threads are
  // started (they inherit the block). The signal is unblocked when the Subscription goes.
  base::Result<Subscription> on_signal(int signal, Handler handler);

  // Any thread: `work` runs in the loop's thread, in the order of the calls of one thread. Work
  // posted while no run() is going on waits for the next.
  void post(Handler work);

  // Turns until stop(). An error is the environment's; the loop can be run again.
  base::Status run();
  void stop() { stopping_ = true; }

  // One turn: waits for an event, the next timer or `wait_max`, whichever is first, then serves.
  base::Status turn(base::Duration wait_max);
  // Waits for an event or `wait_max` and serves nothing, for who has to ask first whether it may.
  // Looks at no timers. Meanwhile another thread may watch, change and drop in place of this one.
  base::Status wait(base::Duration wait_max) const;

 private:
  friend class Subscription;

  struct Entry {
    FdHandler on_ready{};  // of a watch
    Handler call{};        // of a timer or signal
    int fd = -1;
    int signal = 0;
    base::Instant deadline{};
    base::Duration period{};
    bool armed = false;  // a timer that is in timers_
  };

  EventLoop(const base::Clock& clock, UniqueFd epoll, UniqueFd wake, UniqueFd signals);
  Subscription add_timer(base::Instant deadline, base::Duration period, Handler handler);
  base::Duration time_to_wait(base::Duration wait_max) const;
  void serve_watch(std::uint64_t id, std::uint32_t events);
  void serve_posted();
  void serve_signals();
  void serve_timers();
  void remove(std::uint64_t id);

  const base::Clock& clock_;
  UniqueFd epoll_;
  UniqueFd wake_;
  UniqueFd signals_;
  std::uint64_t next_id_;
  bool stopping_ = false;
  // Shared, so that a handler that is running outlives its own removal.
  std::map<std::uint64_t, std::shared_ptr<Entry>> entries_;
  std::set<std::pair<base::Instant, std::uint64_t>> timers_;

  Mutex posted_mutex_;
  std::vector<Handler> posted_ SF_GUARDED_BY(posted_mutex_);
};

}  // namespace superfluid::os
