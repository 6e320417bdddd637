// SPDX-License-Identifier: Apache-2.0
// What a turn costs when many tasks want one: every row counts turns as its iterations.
#include <benchmark/benchmark.h>

#include <deque>

#include "base/clock.h"
#include "graph/element.h"
#include "graph/schedule.h"

namespace {

using namespace superfluid;

class Worker final : public graph::Element {
 public:
  bool run_task(graph::Task&) override { return true; }
  graph::Task task{*this};
};

void turns(benchmark::State& state) {
  constexpr benchmark::IterationCount kTurns = 1024;
  const base::ManualClock clock;
  graph::Schedule schedule(clock);
  std::deque<Worker> workers(static_cast<std::size_t>(state.range(0)));
  for (Worker& worker : workers) {
    worker.task.attach(schedule);
    worker.task.schedule();
  }
  while (state.KeepRunningBatch(kTurns)) {
    schedule.run_round(static_cast<std::size_t>(kTurns));
  }
}

BENCHMARK(turns)->ArgName("tasks")->Arg(1)->Arg(2)->Arg(3)->Arg(8)->Arg(64)->Arg(4096);

}  // namespace
