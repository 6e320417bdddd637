// SPDX-License-Identifier: Apache-2.0
// The end of a life: why, what becomes of its machine and ports, and whether there is a next.
#include "agent/endings.h"
#include "agent/entry.h"
#include "agent/node.h"
#include "base/text.h"
#include "os/log.h"

namespace superfluid::agent {

using api::State;
using base::cat;
using base::ErrorCode;

void Node::ended(const EntryPtr& entry, const vmm::End& end) {
  const bool was_starting = entry->function.state == State::kStarting;
  entry->timer.reset();
  lift_limits(*entry, end.why == vmm::End::Why::kKilled ? 0 : entry->machine->pid());
  const bool is_parked = std::exchange(entry->is_parking, false) && entry->is_stored;
  if (is_parked && end.why == vmm::End::Why::kStopped && !entry->wished_end) {
    rest(entry);
    return;
  }
  drop_parked(*entry);
  unwire(*entry);
  if (auto log = log_of(*entry, 0)) {
    entry->last_log = std::move(*log);  // why it ended is often there
  }
  MachinePtr machine = std::move(entry->machine);
  entry->function.pid = 0;
  if (end.why != vmm::End::Why::kKilled && clones(*entry)) {
    give_back(entry->line, std::move(machine));
  } else {
    // It ends too, or has. Not within a call of its own.
    loop_.post([machine = std::move(machine)] { machine->listen({}); });
  }
  Verdict verdict = judge(end, entry->function.spec.graph_name);
  const base::Error over = base::Error(ErrorCode::kConflict, cat("the function ", verdict.reason));
  refuse_waiting(*entry, over);
  if (entry->wished_end) {
    tell(entry->on_live, base::pass(over));
    settle(entry, State::kStopped, end.why == vmm::End::Why::kKilled ? "killed" : "stopped");
    return;
  }
  crashes_.add(verdict.ending == Ending::kFailed ? 1 : 0);
  os::log::info(
      "function ended",
      {{"name", entry->function.spec.name}, {"id", entry->function.id}, {"why", verdict.reason}});
  if (was_starting) {
    start_failed(entry, entry->is_late ? too_late("start") : verdict.error);
    return;
  }
  restart_or_settle(entry, verdict.ending, std::move(verdict.reason));
}

// A monitor stops its guest whatever that does; but one whose guest is in its own process may be
// kept from its orders by an element that never returns.
void Node::watch_stop(const EntryPtr& entry) {
  entry->timer = loop_.after(options_.stop_max, [entry] {
    if (entry->machine != nullptr) {
      static_cast<void>(entry->machine->kill());
    }
  });
}

void Node::restart_or_settle(const EntryPtr& entry, Ending ending, std::string reason) {
  const bool lived = entry->live_at >= entry->arrived;
  entry->past.last_lasted = lived ? clock_.now() - entry->live_at : base::Duration();
  const auto delay = closed_ || entry->remove_at_end
                         ? std::nullopt
                         : restart_after(entry->function.spec.restart, ending, entry->past);
  settle(entry,
         ending == Ending::kDone || ending == Ending::kWished ? State::kStopped : State::kFailed,
         std::move(reason));
  if (!delay || entry->gone) {
    return;
  }
  entry->past.in_a_row = entry->past.last_lasted >= kCalm ? 1 : entry->past.in_a_row + 1;
  entry->timer = loop_.after(*delay, [this, entry] {
    ++entry->function.restarts;
    restarts_.add();
    launch(entry, clock_.now());
  });
}

void Node::settle(const EntryPtr& entry, State state, std::string reason) {
  entry->function.state = state;
  entry->function.reason = std::move(reason);
  entry->function.pid = 0;
  if (entry->remove_at_end) {
    forget(entry);
  }
  tell(entry->on_counters, &entry->function);
  tell(entry->on_end, &entry->function);
  refill_soon();
}

// From the loop's next turn: this may be a call of the very listener that the pool replaces.
void Node::give_back(std::size_t line, MachinePtr machine) {
  loop_.post([this, alive = alive_, line, machine = std::move(machine)] {
    if (*alive) {
      static_cast<void>(machine->note(""));
      lines_[line].pool->give_back(machine);
    }
  });
}

void Node::forget(const EntryPtr& entry) {
  if (std::exchange(entry->gone, true)) {
    return;
  }
  entry->timer.reset();
  entry->watches.clear();
  by_name_.erase(entry->function.spec.name);
  by_id_.erase(entry->function.id);
  functions_.add(-1);
}

// Ends what has no machine yet: true when there was such a thing.
bool Node::cancel(const EntryPtr& entry) {
  entry->timer.reset();
  if (entry->machine != nullptr) {
    return false;
  }
  ++entry->life;
  if (!entry->is_idle()) {
    const base::Error stopped(ErrorCode::kConflict, "the function was stopped");
    tell(entry->on_live, base::pass(stopped));
    tell_awake(*entry, base::pass(stopped));
    const bool was_parked = entry->is_stored;
    if (was_parked) {
      drop_parked(*entry);
      unwire(*entry);
    }
    settle(entry, State::kStopped, was_parked ? "stopped" : "stopped before it ran");
  }
  return true;
}

void Node::gone(Line& line, Machine::Id id) {
  line.pool->gone(id);
  refill_soon();
}

void Node::lost(Line& line) {
  os::log::error("the parent of all machines died", {{"functions", by_id_.size()}});
  line.pool->close(base::Error(ErrorCode::kFailed, "the parent of all machines died")
                       .try_this("superfluid down, then superfluid up"));
}

void Node::refill_soon() {
  if (std::exchange(refill_posted_, true)) {
    return;
  }
  loop_.post([this, alive = alive_] {
    if (*alive) {
      refill_posted_ = false;
      for (Line& line : lines_) {
        if (line.pool) {
          line.pool->refill();
        }
      }
    }
  });
}

}  // namespace superfluid::agent
