// SPDX-License-Identifier: Apache-2.0
#include "elements/link_unqueue.h"

#include <algorithm>

#include "elements/time_sum.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass LinkUnqueue::kClass{"LinkUnqueue", "1/1", "l/h",
                                              graph::make_element<LinkUnqueue>};

void LinkUnqueue::configure(graph::Arguments& arguments) {
  arguments.required("LATENCY", latency_).required("BANDWIDTH", bandwidth_).complete();
  if (bandwidth_.per_second < kBandwidthMin) {
    arguments.complain("bandwidth too small, minimum 100Bps");
  }
}

base::Status LinkUnqueue::initialize() {
  task_.attach(schedule());
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen(task_);
  task_.schedule();
  return {};
}

// While there is room on the line, which is as long as its latency.
bool LinkUnqueue::send(base::Duration now) {
  const base::Duration earliest = later(now, latency_);
  bool worked = false;
  while (line_.empty() || line_.back()->notes.timestamp <= earliest) {
    Packet* packet = nullptr;
    if (input(0).pull(&packet, 1) == 0) {
      back_to_back_ = false;
      break;
    }
    const std::uint64_t bytes = std::uint64_t{packet->length} + packet->notes.extra_length;
    const auto takes = static_cast<std::int64_t>(bytes * 1'000'000'000 / bandwidth_.per_second);
    const bool follows = back_to_back_ && !line_.empty();
    packet->notes.timestamp =
        later(follows ? line_.back()->notes.timestamp : earliest, base::nanoseconds(takes));
    line_.push_back(packet);
    worked = back_to_back_ = true;
  }
  return worked;
}

bool LinkUnqueue::receive(base::Duration now) {
  bool worked = false;
  while (!line_.empty() && line_.front()->notes.timestamp <= now) {
    Packet* packet = line_.front();
    line_.pop_front();
    output(0).push(packet);
    worked = true;
  }
  return worked;
}

// Until a packet comes out, or there is room for one more.
void LinkUnqueue::rest(base::Duration now) {
  if (line_.empty()) {
    if (!empty_.active()) {
      task_.unschedule();
    }
    return;
  }
  base::Duration next = line_.front()->notes.timestamp;
  if (empty_.active()) {
    next = std::min(next, between(latency_, line_.back()->notes.timestamp));
  }
  if (next > now) {
    task_.unschedule();
    timer_.set_after(next - now);
  }
}

bool LinkUnqueue::run_task(graph::Task&) {
  const base::Duration now = schedule().clock().since_epoch();
  bool worked = send(now);
  worked = receive(now) || worked;
  rest(now);
  return worked;
}

void LinkUnqueue::clear() {
  for (Packet* packet : line_) {
    release(packet);
  }
  line_.clear();
}

void LinkUnqueue::restart() {
  clear();
  back_to_back_ = false;
  timer_.cancel();
  task_.schedule();
}

void LinkUnqueue::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  add_setting(handlers, "latency", latency_, [this] { restart(); });
  add_value(handlers, "bandwidth", bandwidth_);
  handlers.write("bandwidth", [this](std::string_view text) -> base::Status {
    TrafficRate bandwidth{TrafficUnit::kBytes};
    SF_CHECKED(graph::parse_handler_value(text, bandwidth));
    if (bandwidth.per_second < kBandwidthMin) {
      return base::fail(base::ErrorCode::kInvalid, "bandwidth too small, minimum 100Bps");
    }
    bandwidth_ = bandwidth;
    restart();
    return {};
  });
  handlers.value("size", [this] { return line_.size(); });
  add_button(handlers, "reset", [this] { restart(); });
}

}  // namespace superfluid::elements
