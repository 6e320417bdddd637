// SPDX-License-Identifier: Apache-2.0
// What one packet costs on its way through the engine: every row counts packets as its
// iterations.
//
// Rows of one run may be compared with each other; `batch` is how many packets go together (1 is
// what a graph whose order is seen runs with).
#include <benchmark/benchmark.h>

#include <string>

#include "base/check.h"
#include "base/text.h"
#include "elements/testing.h"

namespace {

using namespace superfluid;

constexpr std::size_t kTurnPackets = 1024;

// One turn of the source after the other, until the benchmark has had its packets.
void run(benchmark::State& state, const std::string& config) {
  elements::testing::TestGraph graph(config,
                                     {.batch_max = static_cast<std::size_t>(state.range(0))});
  base::check(graph.built(), graph.problems().c_str());
  graph.run(2);  // the pool has its slots
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(kTurnPackets))) {
    graph.router().schedule().run_round(1);
  }
}

std::string source() {
  return base::cat("InfiniteSource(LENGTH 60, TIMESTAMP false, BURST ", kTurnPackets, ")");
}

void source_to_sink(benchmark::State& state) { run(state, source() + " -> Discard"); }

void source_to_sink_stamped(benchmark::State& state) {
  run(state, base::cat("InfiniteSource(LENGTH 60, BURST ", kTurnPackets, ") -> Discard"));
}

void ten_nulls(benchmark::State& state) {
  std::string nulls;
  for (int i = 0; i < 10; ++i) {
    nulls += " -> Null";
  }
  run(state, base::cat(source(), nulls, " -> Discard"));
}

// A packet is two turns, the source's and the Unqueue's, which alternate.
void queue_and_unqueue(benchmark::State& state) {
  elements::testing::TestGraph graph(base::cat(source(), " -> Queue(", 2 * kTurnPackets,
                                               ") -> Unqueue(", kTurnPackets, ") -> Discard"),
                                     {.batch_max = static_cast<std::size_t>(state.range(0))});
  base::check(graph.built(), graph.problems().c_str());
  graph.run(2);
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(kTurnPackets))) {
    graph.router().schedule().run_round(2);
  }
}

// The ceiling: what the pool alone costs.
void pool_alone(benchmark::State& state) {
  graph::PacketPool pool;
  const auto batch = static_cast<std::size_t>(state.range(0));
  graph::Packet* packets[graph::kBatchMax];
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(batch))) {
    for (std::size_t i = 0; i < batch; ++i) {
      packets[i] = pool.make(60);
    }
    graph::Batch(packets, batch).release();
  }
}

BENCHMARK(pool_alone)->ArgName("batch")->Arg(1)->Arg(64);
BENCHMARK(source_to_sink)->ArgName("batch")->Arg(1)->Arg(64);
BENCHMARK(source_to_sink_stamped)->ArgName("batch")->Arg(64);
BENCHMARK(ten_nulls)->ArgName("batch")->Arg(1)->Arg(64);
BENCHMARK(queue_and_unqueue)->ArgName("batch")->Arg(1)->Arg(64);

}  // namespace
