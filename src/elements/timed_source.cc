// SPDX-License-Identifier: Apache-2.0
#include "elements/timed_source.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass TimedSource::kClass{"TimedSource", "0/1", "h/h",
                                              graph::make_element<TimedSource>};

void TimedSource::configure(graph::Arguments& arguments) {
  data_ = "One packet that comes every so often, with sixty-four bytes and more.";
  arguments.positional("INTERVAL", interval_)
      .positional("DATA", data_)
      .keyword("LIMIT", limit_)
      .keyword("ACTIVE", active_)
      .keyword("STOP", stop_)
      .keyword("HEADROOM", headroom_)
      .complete();
  if (interval_ <= base::Duration()) {
    arguments.complain("bad interval");
  }
}

base::Status TimedSource::initialize() {
  timer_.attach(schedule());
  if (active_) {
    due_ = schedule().now() + interval_;
    timer_.set(due_);
  }
  return {};
}

// The next one comes an interval after this one was due, so that delays do not add up.
void TimedSource::run_timer(graph::Timer&) {
  if (!active_) {
    return;
  }
  if (limit_ >= 0 && count_ >= limit_) {
    if (stop_) {
      router().stop();
    }
    return;
  }
  due_ = due_ + interval_;
  timer_.set(due_);
  Packet* packet = pool().make(base::bytes_of(data_), headroom_);
  if (packet != nullptr) {
    packet->notes.timestamp = schedule().clock().since_epoch();
    ++count_;
    output(0).push(packet);
  }
}

void TimedSource::restart() {
  if (active_ && !timer_.when()) {
    due_ = schedule().now();
    timer_.set(due_);
  }
}

// Keeps its rhythm.
void TimedSource::take_state(graph::Element& old) {
  const auto& before = static_cast<const TimedSource&>(old);
  count_ = before.count_;
  if (before.timer_.when() && active_) {
    due_ = before.due_;
    timer_.set(due_);
  } else if (limit_ >= 0 && count_ >= limit_) {  // and said so
    timer_.cancel();
  }
}

void TimedSource::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "count", count_);
  add_setting(handlers, "data", data_);
  add_setting(handlers, "limit", limit_);
  add_setting(handlers, "headroom", headroom_);
  add_setting(handlers, "active", active_, [this] { restart(); });
  add_value(handlers, "interval", interval_);
  handlers.write("interval", [this](std::string_view text) -> base::Status {
    base::Duration interval;
    if (!graph::parse_handler_value(text, interval) || interval <= base::Duration()) {
      return base::fail(base::ErrorCode::kInvalid, "bad interval");
    }
    interval_ = interval;
    return {};
  });
  add_button(handlers, "reset", [this] {
    count_ = 0;
    restart();
  });
}

}  // namespace superfluid::elements
