// SPDX-License-Identifier: Apache-2.0
#include "guest/to_device.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::guest {

using base::cat;
using graph::Batch;
using graph::Packet;

const graph::ElementClass ToDevice::kClass{"ToDevice", "1/0-2", "l/h",
                                           graph::make_element<ToDevice>};

ToDevice::~ToDevice() {
  Ports::of(router()).stop_waiting(*this);
  for (; first_ != end_; ++first_) {
    release(waiting_[first_]);
  }
}

void ToDevice::configure(graph::Arguments& arguments) {
  std::string device;
  std::string method = "LINUX";
  std::int64_t burst = burst_;
  arguments.required("DEVNAME", device)
      .keyword("DEBUG", debug_)
      .keyword("METHOD", method)
      .keyword("BURST", burst)
      .complete();
  if (burst <= 0 || std::cmp_greater(burst, graph::kTurnPacketsMax)) {
    arguments.complain("bad BURST");
  }
  burst_ = static_cast<std::uint32_t>(burst);
  const Ports& ports = Ports::of(router());
  const auto port = ports.find(device);
  if (!port) {
    if (!device.empty()) {
      arguments.complain(cat("no port '", base::escape(device), "'; ", ports.known()));
    }
    return;
  }
  port_ = *port;
  if (Ports::has_twin(*this)) {
    arguments.complain(cat("duplicate writer for device '", base::escape(device), "'"));
  }
}

base::Status ToDevice::initialize() {
  task_.attach(schedule());
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen(task_);
  task_.schedule();
  return {};
}

bool ToDevice::run_task(graph::Task&) {
  Port& port = Ports::of(router())[port_];
  std::size_t worked = 0;
  while (worked < burst_) {
    if (first_ == end_) {
      ++pulls_;
      first_ = 0;
      end_ = input(0).pull(waiting_.data(), std::min(router().batch_max(), burst_ - worked));
      if (end_ == 0) {
        if (!empty_.active()) {
          task_.unschedule();
        }
        break;
      }
    }
    worked += send(port);
    if (first_ != end_) {
      rest(port);
      break;
    }
  }
  port.flush(Ports::of(router()).exits());
  return worked != 0;
}

std::size_t ToDevice::send(Port& port) {
  const std::size_t before = first_;
  while (first_ != end_) {
    const Batch batch(waiting_.data() + first_, end_ - first_);
    const std::size_t sent = port.send(batch);
    if (sent != 0) {
      first_ += sent;
      count_ += sent;
      pause_ = kPauseMin;
      has_asked_ = false;
      full_since_ = {};
      const Batch gone(batch.begin(), sent);
      if (outputs() != 0) {
        output(0).push(gone);
      } else {
        gone.release();
      }
    } else if (!Port::fits(*waiting_[first_])) {
      ++drops_;
      port.count_refused();
      reject(waiting_[first_++]);
    } else {
      break;
    }
  }
  return first_ - before;
}

void ToDevice::rest(Port& port) {
  if (debug_) {
    router().errors().write(cat(name(), " :: ToDevice: waits for room\n"));
  }
  if (!port.is_open() || port.broken()) {
    task_.unschedule();
    Ports::of(router()).wait_for_life(*this);
    return;
  }
  const base::Instant now = schedule().now();
  full_since_ = full_since_.value_or(now);
  if (!port.is_served_by_monitor() && now - *full_since_ < kLook) {
    return;  // the other side takes frames meanwhile: room comes sooner than a timer would
  }
  task_.unschedule();
  if (!has_asked_ && port.is_served_by_monitor()) {
    has_asked_ = true;
    Ports::of(router()).wait_for_room(*this);
    return;
  }
  timer_.set_after(pause_);
  pause_ = std::min(pause_ * 2, kPauseMax);
}

void ToDevice::try_again() { task_.schedule(); }

void ToDevice::take_state(graph::Element& from) {
  auto& old = static_cast<ToDevice&>(from);
  count_ = old.count_;
  drops_ = old.drops_;
  pulls_ = old.pulls_;
  if (port_ == old.port_) {
    waiting_ = old.waiting_;
    first_ = std::exchange(old.first_, 0);
    end_ = std::exchange(old.end_, 0);
  }
}

void ToDevice::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("count", [this] { return count_; });
  handlers.value("drops", [this] { return drops_; });
  handlers.value("pulls", [this] { return pulls_; });
  handlers.value("signal", [this] { return empty_.active() ? "true" : "false"; });
  handlers.value("q", [this] { return first_ != end_ ? "true" : "false"; });
  handlers.value("debug", [this] { return debug_ ? "true" : "false"; });
  handlers.write(
      "debug", [this](std::string_view text) { return graph::parse_handler_value(text, debug_); });
}

}  // namespace superfluid::guest
