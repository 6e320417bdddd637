// SPDX-License-Identifier: Apache-2.0
#include "elements/timed_sink.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

const graph::ElementClass TimedSink::kClass{"TimedSink", "1/0", "l/l",
                                            graph::make_element<TimedSink>};

void TimedSink::configure(graph::Arguments& arguments) {
  arguments.positional("INTERVAL", interval_).complete();
  if (interval_ <= base::Duration()) {
    arguments.complain("bad interval");
  }
}

base::Status TimedSink::initialize() {
  timer_.attach(schedule());
  due_ = schedule().now() + interval_;
  timer_.set(due_);
  return {};
}

// The next one comes an interval after this one was due, so that delays do not add up.
void TimedSink::run_timer(graph::Timer&) {
  due_ = due_ + interval_;
  timer_.set(due_);
  graph::Packet* packet = nullptr;
  if (input(0).pull(&packet, 1) != 0) {
    release(packet);
  }
}

void TimedSink::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "interval", interval_);
  handlers.write("interval", [this](std::string_view text) -> base::Status {
    base::Duration interval;
    SF_CHECKED(graph::parse_handler_value(text, interval));
    if (interval <= base::Duration()) {
      return base::fail(base::ErrorCode::kInvalid, "bad interval");
    }
    interval_ = interval;
    return {};
  });
}

}  // namespace superfluid::elements
