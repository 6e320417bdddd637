// SPDX-License-Identifier: Apache-2.0
#include "elements/rated_unqueue.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass RatedUnqueue::kClass{"RatedUnqueue", "1/1", "l/h",
                                               graph::make_element<RatedUnqueue>};
const graph::ElementClass BandwidthRatedUnqueue::kClass{"BandwidthRatedUnqueue", "1/1", "l/h",
                                                        graph::make_element<BandwidthRatedUnqueue>};

void AnyRatedUnqueue::configure(graph::Arguments& arguments) {
  bucket_.read(arguments);
  arguments.keyword("ACTIVE", active_).complete();
  bucket_.settle(arguments);
}

base::Status AnyRatedUnqueue::initialize() {
  task_.attach(schedule());
  timer_.attach(schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen(task_);
  task_.schedule();
  return {};
}

std::size_t AnyRatedUnqueue::pull_rated(Packet** into) {
  std::size_t found = 0;
  while (found < router().batch_max() && bucket_.may_pass()) {
    if (input(0).pull(into + found, 1) == 0) {
      ++failed_pulls_;
      if (!empty_.active()) {
        task_.unschedule();
      }
      break;
    }
    bucket_.pay(*into[found]);
    ++found;
  }
  return found;
}

bool AnyRatedUnqueue::run_task(graph::Task&) {
  ++runs_;
  if (!active_) {
    task_.unschedule();
    return false;
  }
  bucket_.refill(schedule().now());
  if (!bucket_.may_pass()) {
    ++empty_runs_;
    task_.unschedule();
    if (const auto wait = bucket_.until_may_pass()) {
      timer_.set_after(*wait);
    }
    return false;
  }
  Packet* packets[graph::kBatchMax];
  const std::size_t found = pull_rated(packets);
  if (found == 0) {
    ++empty_runs_;
    return false;
  }
  pushes_ += found;
  output(0).push(Batch(packets, found));
  return true;
}

std::string AnyRatedUnqueue::calls() const {
  return base::cat(runs_, " calls to run_task()\n", empty_runs_, " empty runs\n", pushes_,
                   " pushes\n", failed_pulls_, " failed pulls\n");
}

void AnyRatedUnqueue::take_state(graph::Element& old) {
  bucket_.take_level(static_cast<const AnyRatedUnqueue&>(old).bucket_);
}

void AnyRatedUnqueue::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  bucket_.add_handlers(handlers, [this] { task_.schedule(); });
  add_setting(handlers, "active", active_, [this] { task_.schedule(); });
  handlers.value("calls", [this] { return calls(); });
}

}  // namespace superfluid::elements
