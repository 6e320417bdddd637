// SPDX-License-Identifier: Apache-2.0
#include "graph/schedule.h"

#include <algorithm>

#include "base/check.h"
#include "graph/element.h"

namespace superfluid::graph {

void Task::schedule() {
  if (!scheduled_) {
    base::check(schedule_ != nullptr, "a task is attached before it is scheduled");
    schedule_->add(*this);
  }
}

void Task::unschedule() {
  if (scheduled_) {
    schedule_->remove(*this);
  }
}

void Task::set_tickets(std::uint32_t tickets) {
  tickets_ = std::clamp<std::uint32_t>(tickets, 1, kTicketsMax);
}

void Timer::set(base::Instant when) {
  cancel();
  base::check(schedule_ != nullptr, "a timer is attached before it is set");
  when_ = when;
  schedule_->add(*this);
}

void Timer::set_after(base::Duration delay) {
  base::check(schedule_ != nullptr, "a timer is attached before it is set");
  set(schedule_->now() + delay);
}

void Timer::cancel() {
  if (set_) {
    schedule_->remove(*this);
  }
}

bool Schedule::run_round(std::size_t tasks_max) {
  now_ = clock_.now();
  interrupted_.store(false, std::memory_order_relaxed);
  run_due_timers();
  for (std::size_t i = 0; i < tasks_max && !tasks_.empty() && !is_interrupted(); ++i) {
    run_task(tasks_.front());
  }
  return !tasks_.empty();
}

void Schedule::run_task(Task& task) {
  pass_ = task.pass_;
  task.pass_ += Task::kStrideUnit / task.tickets_;
  tasks_.set_front({task.pass_, ++order_});
  task.element_.run_task(task);
}

void Schedule::run_due_timers() {
  // Only those that were set when the round began: one that sets itself again for now waits.
  const std::uint64_t last = order_;
  while (!is_interrupted() && !timers_.empty() && timers_.front_key().due <= now_ &&
         timers_.front_key().order <= last) {
    Timer& timer = timers_.front();
    remove(timer);
    timer.element_.run_timer(timer);
  }
}

std::optional<base::Instant> Schedule::next_timer() const {
  return timers_.empty() ? std::nullopt : std::optional(timers_.front_key().due);
}

void Schedule::add(Task& task) {
  if (TaskKey::is_earlier(task.pass_, pass_)) {  // who slept gets no turns for it
    task.pass_ = pass_;
  }
  task.scheduled_ = true;
  tasks_.add(task, {task.pass_, ++order_});
}

void Schedule::remove(Task& task) {
  tasks_.remove(task);
  task.scheduled_ = false;
}

void Schedule::add(Timer& timer) {
  timer.set_ = true;
  timers_.add(timer, {std::max(timer.when_, now_), ++order_});
}

void Schedule::remove(Timer& timer) {
  timers_.remove(timer);
  timer.set_ = false;
}

}  // namespace superfluid::graph
