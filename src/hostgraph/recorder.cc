// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/recorder.h"

#include "graph/router.h"

namespace superfluid::hostgraph {

void Recorder::start() {
  task_.attach(schedule());
  if (input(0).connected()) {
    signal_ = router().empty_signal(*this, 0);
    signal_.listen(task_);
    task_.schedule();
  }
}

void Recorder::push(std::uint32_t, graph::Batch batch) {
  for (const graph::Packet* packet : batch) {
    record(*packet);
  }
  if (outputs() != 0) {
    output(0).push(batch);
  } else {
    batch.release();
  }
}

bool Recorder::run_task(graph::Task&) {
  graph::Packet* packets[graph::kBatchMax];
  const std::size_t found = input(0).pull(packets, router().batch_max());
  if (found != 0) {
    push(0, graph::Batch(packets, found));
  } else if (!signal_.active()) {
    task_.unschedule();
  }
  return found != 0;
}

}  // namespace superfluid::hostgraph
