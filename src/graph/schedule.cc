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
  run_due_timers();
  for (std::size_t i = 0; i < tasks_max && !tasks_.empty(); ++i) {
    const auto next = std::ranges::min_element(
        tasks_, [](const Task* a, const Task* b) { return before(*a, *b); });
    run_task(**next);
  }
  return !tasks_.empty();
}

void Schedule::run_task(Task& task) {
  pass_ = task.pass_;
  task.pass_ += Task::kStrideUnit / task.tickets_;
  task.order_ = ++order_;
  task.element_.run_task(task);
}

void Schedule::run_due_timers() {
  // Only those that were set when the round began: one that sets itself again for now waits.
  const std::uint64_t last = order_;
  while (!timers_.empty() && timers_.front()->due_ <= now_ && timers_.front()->order_ <= last) {
    Timer& timer = *timers_.front();
    remove(timer);
    timer.element_.run_timer(timer);
  }
}

std::optional<base::Instant> Schedule::next_timer() const {
  return timers_.empty() ? std::nullopt : std::optional(timers_.front()->due_);
}

void Schedule::add(Task& task) {
  if (earlier(task.pass_, pass_)) {  // who slept gets no turns for it
    task.pass_ = pass_;
  }
  task.order_ = ++order_;
  task.scheduled_ = true;
  tasks_.push_back(&task);
}

void Schedule::remove(Task& task) {
  tasks_.erase(std::ranges::find(tasks_, &task));
  task.scheduled_ = false;
}

bool Schedule::before(const Timer& a, const Timer& b) {
  return a.due_ != b.due_ ? a.due_ < b.due_ : a.order_ < b.order_;
}

bool Schedule::before(const Task& a, const Task& b) {
  return a.pass_ != b.pass_ ? earlier(a.pass_, b.pass_) : a.order_ < b.order_;
}

void Schedule::place(std::size_t i, Timer* timer) {
  timers_[i] = timer;
  timer->heap_index_ = i;
}

void Schedule::add(Timer& timer) {
  timer.due_ = std::max(timer.when_, now_);
  timer.order_ = ++order_;
  timer.set_ = true;
  timers_.push_back(&timer);
  timer.heap_index_ = timers_.size() - 1;
  sift_up(timer.heap_index_);
}

void Schedule::remove(Timer& timer) {
  const std::size_t i = timer.heap_index_;
  Timer* const last = timers_.back();
  timers_.pop_back();
  timer.set_ = false;
  if (last != &timer) {
    place(i, last);
    sift_up(i);
    sift_down(last->heap_index_);
  }
}

void Schedule::sift_up(std::size_t i) {
  while (i > 0 && before(*timers_[i], *timers_[(i - 1) / 2])) {
    Timer* const child = timers_[i];
    place(i, timers_[(i - 1) / 2]);
    place((i - 1) / 2, child);
    i = (i - 1) / 2;
  }
}

void Schedule::sift_down(std::size_t i) {
  for (;;) {
    std::size_t least = i;
    for (const std::size_t child : {2 * i + 1, 2 * i + 2}) {
      if (child < timers_.size() && before(*timers_[child], *timers_[least])) {
        least = child;
      }
    }
    if (least == i) {
      return;
    }
    Timer* const moved = timers_[i];
    place(i, timers_[least]);
    place(least, moved);
    i = least;
  }
}

}  // namespace superfluid::graph
