// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/gate.h"

#include "base/check.h"

namespace superfluid::hostgraph {

void Gate::enter(std::size_t lane) {
  const os::MutexLock lock(mutex_);
  lanes_[lane].waits = true;
  while (holder_ != kNobody ||
         (wanted_.load(std::memory_order_relaxed) != 0 && !lanes_[lane].owed)) {
    changed_.wait(mutex_);
  }
  lanes_[lane] = {.state = State::kRunning};
  changed_.notify_all();
}

void Gate::leave(std::size_t lane) {
  const os::MutexLock lock(mutex_);
  base::check(holder_ != lane, "who holds the gate does not leave");
  lanes_[lane].state = State::kOutside;
  changed_.notify_all();
}

void Gate::hold(std::size_t lane, State others_at_most) {
  const os::MutexLock lock(mutex_);
  if (holder_ == lane) {
    ++depth_;
    return;
  }
  base::check(lanes_[lane].state == State::kRunning, "only a lane that runs may ask to run alone");
  wanted_.fetch_add(1, std::memory_order_relaxed);
  lanes_[lane].state = others_at_most;
  changed_.notify_all();
  while (!may_hold(lane, others_at_most)) {
    changed_.wait(mutex_);
  }
  lanes_[lane].state = State::kRunning;
  holder_ = lane;
  depth_ = 1;
}

bool Gate::may_hold(std::size_t lane, State others_at_most) const {
  bool may = holder_ == kNobody;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    may &= i == lane || (lanes_[i].state <= others_at_most && !lanes_[i].owed);
  }
  return may;
}

bool Gate::release(std::size_t lane) {
  const os::MutexLock lock(mutex_);
  base::check(holder_ == lane, "the gate is released by who holds it");
  if (--depth_ != 0) {
    return false;
  }
  holder_ = kNobody;
  wanted_.fetch_sub(1, std::memory_order_relaxed);
  for (Lane& each : lanes_) {
    each.owed = each.waits;
  }
  changed_.notify_all();
  return true;
}

}  // namespace superfluid::hostgraph
