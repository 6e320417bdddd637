// SPDX-License-Identifier: Apache-2.0
// What finding a flow costs, few flows against many: the promise is that a million cost at most
// twice as much for each packet as ten thousand.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "net/flow_table.h"

namespace superfluid::net {
namespace {

constexpr std::size_t kBatch = 64;

FlowKey key_of(std::uint32_t number) {
  FlowKey key = FlowKey::of(Ipv4Address::from_host(0x0a000000 + number / 16),
                            Ipv4Address{{192, 0, 2, 1}}, IpProtocol::kUdp);
  key.source_port = base::be16(static_cast<std::uint16_t>(1024 + number % 16));
  return key;
}

using Table = FlowTable<std::uint64_t>;

std::unique_ptr<Table> table_of(std::uint32_t flows) {
  auto table = std::make_unique<Table>(Table::Options{.flows_max = 1 << 24, .seed = 7});
  for (std::uint32_t i = 0; i < flows; ++i) {
    table->insert(key_of(i), {}, base::Instant(base::seconds(10)));
  }
  return table;
}

// Batches of keys in random order, and the write of a time into each flow.
void BM_FlowTableFind(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  const auto table = table_of(flows);
  base::Rng rng(1);
  std::vector<std::array<FlowKey, kBatch>> batches(4096);
  for (auto& batch : batches) {
    for (FlowKey& key : batch) {
      key = key_of(rng.below(flows));
    }
  }
  Table::Flow* found[kBatch];
  std::size_t next = 0;
  for (auto _ : state) {
    table->find_all(batches[next++ % batches.size()], {}, found);
    for (Table::Flow* flow : found) {
      flow->expires = base::Instant(base::seconds(10));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  state.counters["bytes_per_flow"] = static_cast<double>(table->bytes()) / flows;
}
BENCHMARK(BM_FlowTableFind)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

// A new flow for each packet, in a table that is full.
void BM_FlowTableEvict(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  Table table({.flows_max = flows, .seed = 7});
  std::uint32_t next = 0;
  for (; next < flows; ++next) {
    table.insert(key_of(next), {}, base::Instant(base::seconds(next)));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.insert(key_of(next), {}, base::Instant(base::seconds(next))));
    ++next;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FlowTableEvict)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace superfluid::net
