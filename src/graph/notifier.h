// SPDX-License-Identifier: Apache-2.0
// Notifier: tells tasks that wait that there is work again. A Queue has two: pullers sleep while it
// is empty, pushers while it is full.
//
// A task that found no work calls listen_and_sleep(); the notifier wakes it once. Waking is cheap
// when nobody listens: one comparison.
//
// Threads: its lane's.

#pragma once

#include <algorithm>
#include <vector>

#include "graph/schedule.h"

namespace superfluid::graph {

// Who has to decide what it means that there is work again: an element that tells for itself those
// behind it, but depends on those before it.
class WakeListener {
 public:
  virtual void woken() = 0;

 protected:
  ~WakeListener() = default;
};

class Notifier {
 public:
  bool active() const { return active_; }

  // There is work from now on.
  void wake() {
    if (!active_) [[unlikely]] {
      active_ = true;
      for (Task* task : listeners_) {
        task->schedule();
      }
      for (WakeListener* listener : wake_listeners_) {
        listener->woken();
      }
    }
  }
  // There is none from now on; listeners may go to sleep.
  void sleep() { active_ = false; }
  bool listened() const { return !listeners_.empty() || !wake_listeners_.empty(); }

  void add_listener(Task& task) {
    if (std::ranges::find(listeners_, &task) == listeners_.end()) {
      listeners_.push_back(&task);
    }
  }
  void add_listener(WakeListener& listener) {
    if (std::ranges::find(wake_listeners_, &listener) == wake_listeners_.end()) {
      wake_listeners_.push_back(&listener);
    }
  }

 private:
  std::vector<Task*> listeners_;
  std::vector<WakeListener*> wake_listeners_;
  bool active_ = true;
};

// All notifiers that a task depends on: it may sleep when every one of them is inactive. Found
// once, when the graph is initialised, by following connections up or down to the elements that
// have one.
class Signal {
 public:
  void add(Notifier& notifier) { notifiers_.push_back(&notifier); }
  // True also when nobody can tell: then the task must keep asking.
  bool active() const {
    return notifiers_.empty() || unknown_ ||
           std::ranges::any_of(notifiers_, [](const Notifier* each) { return each->active(); });
  }
  void set_unknown() { unknown_ = true; }
  // Whether somebody tells at all.
  bool known() const { return !unknown_ && !notifiers_.empty(); }
  template <typename Listener>  // a Task or a WakeListener
  void listen(Listener& listener) const {
    for (Notifier* notifier : notifiers_) {
      notifier->add_listener(listener);
    }
  }

 private:
  std::vector<Notifier*> notifiers_;
  bool unknown_ = false;
};

}  // namespace superfluid::graph
