// SPDX-License-Identifier: Apache-2.0
#include "elements/discard.h"

#include <algorithm>

#include "elements/values.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Discard::kClass{"Discard", "1/0", "a/a", graph::make_element<Discard>};

void Discard::configure(graph::Arguments& arguments) {
  arguments.keyword("ACTIVE", active_).keyword("BURST", burst_).complete();
  if (burst_ == 0) {
    arguments.complain("BURST: out of range, minimum 1");
  }
}

base::Status Discard::initialize() {
  task_.attach(schedule());
  if (input(0).connected()) {
    signal_ = router().empty_signal(*this, 0);
    signal_.listen(task_);
    if (active_ && signal_.active()) {
      task_.schedule();
    }
  }
  return {};
}

bool Discard::run_task(graph::Task&) {
  Packet* packets[graph::kBatchMax];
  const std::size_t found =
      active_ ? input(0).pull(packets, std::min<std::size_t>(burst_, graph::kBatchMax)) : 0;
  if (found != 0) {
    push(0, Batch(packets, found));
  } else if (!active_ || !signal_.active()) {
    task_.unschedule();
  }
  return found != 0;
}

void Discard::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  handlers.value("count", [this] { return count_; });
  handlers.write("reset_counts", [this](std::string_view) -> base::Status {
    count_ = 0;
    return {};
  });
  handlers.value("active", [this] { return active_ ? "true" : "false"; });
  handlers.write("active", [this](std::string_view text) -> base::Status {
    SF_CHECKED(graph::parse_handler_value(text, active_));
    if (active_ && input(0).connected()) {
      task_.schedule();
    }
    return {};
  });
}

}  // namespace superfluid::elements
