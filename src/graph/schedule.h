// SPDX-License-Identifier: Apache-2.0
// Tasks and timers: how a graph gets its turn.
//
// A Task is an element's wish to run whenever the thread is free: a source with packets to send, a
// puller with a full queue. Tasks share the thread by stride scheduling: each has tickets, and over
// time runs in proportion to them. A Timer runs its element once at its time.
//
// Invariants
//   1. A task or timer belongs to one element and one Schedule, and outlives neither.
//   2. A task that is not scheduled costs nothing; when none is, the graph is idle and the driver
//      sleeps until next_timer().
//   3. Time comes from the Clock alone and is read once a round: everything that runs in one round
//      sees the same now().
//   4. Tasks with equal passes run in the order in which they were scheduled; the order is
//      reproducible.
//   5. A round runs each timer at most once: one that sets itself for now, or for a time gone by,
//      comes behind all that were due before, in the next round.
//
// Threads: one Schedule, one thread, save interrupt().

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/units.h"
#include "graph/heap.h"

namespace superfluid::graph {

class Element;
class Schedule;

// No turn of a task moves more, whatever its burst: others wait for it, and so does who drives the
// schedule.
inline constexpr std::size_t kTurnPacketsMax = 4096;

// Which task comes next.
struct TaskKey {
  std::uint64_t pass = 0;
  std::uint64_t order = 0;

  bool before(const TaskKey& other) const {
    return pass != other.pass ? is_earlier(pass, other.pass) : order < other.order;
  }
  // Passes wrap around in the course of months; those of tasks stay close to each other.
  static bool is_earlier(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::int64_t>(a - b) < 0;
  }
};

// Which timer comes next.
struct TimerKey {
  base::Instant due;  // the time it was set to, but not before it was set
  std::uint64_t order = 0;

  bool before(const TimerKey& other) const {
    return due != other.due ? due < other.due : order < other.order;
  }
};

class Task {
 public:
  static constexpr std::uint32_t kTicketsDefault = 1024;
  static constexpr std::uint32_t kTicketsMax = 1 << 15;

  explicit Task(Element& element) : element_(element) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { unschedule(); }

  void attach(Schedule& schedule) { schedule_ = &schedule; }
  // Asks for turns until unscheduled. REQUIRES: attached.
  void schedule();
  void unschedule();
  bool scheduled() const { return scheduled_; }

  Element& element() const { return element_; }
  std::uint32_t tickets() const { return tickets_; }
  void set_tickets(std::uint32_t tickets);

 private:
  friend class Schedule;
  friend class Heap<Task, TaskKey>;

  static constexpr std::uint64_t kStrideUnit = 1 << 24;

  Element& element_;
  Schedule* schedule_ = nullptr;
  std::uint64_t pass_ = 0;
  std::size_t heap_index_ = 0;
  std::uint32_t tickets_ = kTicketsDefault;
  bool scheduled_ = false;
};

class Timer {
 public:
  explicit Timer(Element& element) : element_(element) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  void attach(Schedule& schedule) { schedule_ = &schedule; }
  // Replaces an earlier time. REQUIRES: attached.
  void set(base::Instant when);
  void set_after(base::Duration delay);
  void cancel();
  std::optional<base::Instant> when() const { return set_ ? std::optional(when_) : std::nullopt; }

 private:
  friend class Schedule;
  friend class Heap<Timer, TimerKey>;

  Element& element_;
  Schedule* schedule_ = nullptr;
  base::Instant when_;
  std::size_t heap_index_ = 0;
  bool set_ = false;
};

class Schedule {
 public:
  explicit Schedule(const base::Clock& clock) : clock_(clock), now_(clock.now()) {}
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  base::Instant now() const { return now_; }
  const base::Clock& clock() const { return clock_; }
  // Since 1970, like now() the same throughout a round; asked of the clock only when asked for.
  base::Duration time_of_day() {
    if (time_of_day_at_ != now_) {
      time_of_day_at_ = now_;
      time_of_day_ = clock_.since_epoch();
    }
    return time_of_day_;
  }

  // One round: reads the clock, runs the timers that are due, then up to `tasks_max` turns of
  // tasks. False when nothing is left to run before next_timer().
  bool run_round(std::size_t tasks_max);
  // Ends the round that is going on after what runs now. Any thread.
  void interrupt() { interrupted_.store(true, std::memory_order_relaxed); }

  bool idle() const { return tasks_.empty(); }
  std::optional<base::Instant> next_timer() const;

 private:
  friend class Task;
  friend class Timer;

  bool is_interrupted() const { return interrupted_.load(std::memory_order_relaxed); }

  void run_due_timers();
  void run_task(Task& task);

  void add(Task& task);
  void remove(Task& task);
  void add(Timer& timer);
  void remove(Timer& timer);

  const base::Clock& clock_;
  base::Instant now_;
  std::optional<base::Instant> time_of_day_at_;
  base::Duration time_of_day_;
  Heap<Task, TaskKey> tasks_;  // scheduled ones
  Heap<Timer, TimerKey> timers_;
  std::uint64_t pass_ = 0;  // of the task that ran last
  std::uint64_t order_ = 0;
  std::atomic<bool> interrupted_{false};
};

}  // namespace superfluid::graph
