// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/replay.h"

#include <algorithm>

#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::hostgraph {

using graph::Batch;
using graph::Packet;

graph::Arguments& Replay::read_arguments(graph::Arguments& arguments) {
  return arguments.keyword("STOP", stop_).keyword("ACTIVE", active_).positional("TIMING", timing_);
}

void Replay::start() {
  task_.attach(schedule());
  timer_.attach(schedule());
  if (pushes() && pace_.rests_when_full) {
    full_ = router().full_signal(*this, 0);
    full_.listen(task_);
  }
  if (!active_) {
    nonempty_.sleep();
  } else if (pushes()) {
    task_.schedule();
  }
}

void Replay::continue_from(Replay& before) {
  waiting_ = std::move(before.waiting_);
  timing_offset_ = before.timing_offset_;
  count_ = before.count_;
  finished_ = before.finished_;
}

std::size_t Replay::fill(Packet** into, std::size_t max) {
  std::size_t made = 0;
  while (made < max && active_ && !finished_) {
    Packet* const packet = waiting_ != nullptr ? waiting_.release() : read_packet();
    if (packet == nullptr) {
      finish();
    } else if (timing_ && !is_due(*packet)) {
      waiting_.reset(packet);
      break;
    } else {
      into[made++] = packet;
    }
  }
  count_ += made;
  return made;
}

// If not, the timer is set.
bool Replay::is_due(const Packet& packet) {
  const base::Duration now = schedule().now().since_start();
  if (!timing_offset_) {
    timing_offset_ = now - packet.notes.timestamp;
  }
  const base::Duration due = packet.notes.timestamp + *timing_offset_;
  if (due <= now) {
    return true;
  }
  timer_.set(base::Instant(due));
  nonempty_.sleep();
  task_.unschedule();
  return false;
}

void Replay::finish() {
  finished_ = true;
  nonempty_.sleep();
  task_.unschedule();
  if (stop_) {
    router().stop();
  }
  ended();
}

void Replay::resume() {
  if (!active_ || finished_) {
    return;
  }
  nonempty_.wake();
  if (pushes()) {
    task_.schedule();
  }
}

bool Replay::run_task(graph::Task&) {
  if (!active_ || finished_ || !full_.active()) {
    task_.unschedule();
    return false;
  }
  Packet* packets[graph::kBatchMax];
  const std::size_t made = fill(packets, std::min(pace_.turn_packets, router().batch_max()));
  if (made != 0) {
    output(0).push(Batch(packets, made));
  }
  return made != 0;
}

void Replay::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.write("reset_counts", [this](std::string_view) -> base::Status {
    count_ = 0;
    return {};
  });
  handlers.value("active", [this] { return active_ ? "true" : "false"; });
  handlers.write("active", [this](std::string_view text) -> base::Status {
    SF_CHECKED(graph::parse_handler_value(text, active_));
    active_ ? resume() : nonempty_.sleep();
    return {};
  });
  handlers.write("stop", [this](std::string_view) -> base::Status {
    active_ = false;
    router().stop();
    return {};
  });
}

}  // namespace superfluid::hostgraph
