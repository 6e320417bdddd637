// SPDX-License-Identifier: Apache-2.0
#include "elements/unqueue.h"

#include <algorithm>

#include "elements/values.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Unqueue::kClass{"Unqueue", "1/1", "l/h", graph::make_element<Unqueue>};

void Unqueue::configure(graph::Arguments& arguments) {
  arguments.positional("BURST", burst_)
      .keyword("ACTIVE", active_)
      .keyword("LIMIT", limit_)
      .complete();
}

base::Status Unqueue::initialize() {
  task_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  full_ = router().full_signal(*this, 0);
  empty_.listen(task_);
  full_.listen(task_);
  if (may_run()) {
    task_.schedule();
  }
  return {};
}

// Packets for one turn.
std::size_t Unqueue::allowed() const {
  const std::size_t burst =
      burst_ <= 0 ? graph::kTurnPacketsMax
                  : std::min<std::size_t>(static_cast<std::size_t>(burst_), graph::kTurnPacketsMax);
  return limit_ < 0 ? burst : std::min(burst, static_cast<std::size_t>(limit_ - count_));
}

bool Unqueue::run_task(graph::Task&) {
  if (!may_run() || !full_.active()) {
    task_.unschedule();
    return false;
  }
  std::size_t left = allowed();
  bool worked = false;
  while (left != 0) {
    Packet* packets[graph::kBatchMax];
    const std::size_t found = input(0).pull(packets, std::min(left, router().batch_max()));
    if (found == 0) {
      if (!empty_.active()) {
        task_.unschedule();
      }
      break;
    }
    worked = true;
    left -= found;
    count_ += static_cast<std::int64_t>(found);
    output(0).push(Batch(packets, found));
  }
  return worked;
}

void Unqueue::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  handlers.value("count", [this] { return count_; });
  handlers.write("reset", [this](std::string_view) -> base::Status {
    count_ = 0;
    task_.schedule();
    return {};
  });
  const auto setting = [&](std::string_view name, auto& value) {
    handlers.write(name, [this, &value](std::string_view text) -> base::Status {
      SF_CHECKED(graph::parse_handler_value(text, value));
      task_.schedule();
      return {};
    });
  };
  setting("active", active_);
  setting("limit", limit_);
  setting("burst", burst_);
  handlers.value("active", [this] { return active_ ? "true" : "false"; });
  handlers.value("limit", [this] { return limit_; });
  handlers.value("burst", [this] { return burst_; });
}

}  // namespace superfluid::elements
