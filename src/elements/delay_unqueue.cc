// SPDX-License-Identifier: Apache-2.0
#include "elements/delay_unqueue.h"

#include "elements/time_sum.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass DelayUnqueue::kClass{"DelayUnqueue", "1/1", "l/h",
                                               graph::make_element<DelayUnqueue>};

void DelayUnqueue::configure(graph::Arguments& arguments) {
  arguments.required("DELAY", delay_).complete();
}

base::Status DelayUnqueue::initialize() {
  task_.attach(schedule());
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen(task_);
  task_.schedule();
  return {};
}

bool DelayUnqueue::hold_next(base::Duration now) {
  Packet* packet = nullptr;
  if (held_ == nullptr && input(0).pull(&packet, 1) != 0) {
    held_.reset(packet);
    base::Duration& stamp = packet->notes.timestamp;
    stamp = later(stamp < base::seconds(1) ? now : stamp, delay_);
  }
  return held_ != nullptr;
}

bool DelayUnqueue::run_task(graph::Task&) {
  const base::Duration now = schedule().clock().since_epoch();
  Packet* due[graph::kBatchMax];
  std::size_t count = 0;
  while (count < router().batch_max() && hold_next(now) && held_->notes.timestamp <= now) {
    due[count++] = held_.release();
  }
  if (held_ != nullptr && held_->notes.timestamp > now) {
    timer_.set_after(held_->notes.timestamp - now);
    task_.unschedule();
  } else if (count == 0 && !empty_.active()) {
    task_.unschedule();
  }
  if (count != 0) {
    output(0).push(Batch(due, count));
  }
  return count != 0;
}

void DelayUnqueue::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  add_setting(handlers, "delay", delay_);
}

}  // namespace superfluid::elements
