// SPDX-License-Identifier: Apache-2.0
// What tracking costs a packet of an established TCP connection, from its bytes to the verdict, few
// connections against many.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "net/conntrack.h"

namespace superfluid::net {
namespace {

using Bytes = std::array<std::uint8_t, 40>;

Bytes segment(std::uint32_t connection, const TcpFields& fields, bool answer) {
  const Ipv4Address inside = Ipv4Address::from_host(0x0a000000 + connection);
  const Ipv4Address outside{{203, 0, 113, 1}};
  TcpFields with = fields;
  with.source_port = answer ? 80 : 1024;
  with.destination_port = answer ? 1024 : 80;
  const Ipv4Address& from = answer ? outside : inside;
  const Ipv4Address& to = answer ? inside : outside;
  Bytes bytes{};
  base::Writer writer(bytes);
  write_ipv4(writer, {.protocol = IpProtocol::kTcp, .source = from, .destination = to}, 20);
  write_tcp(writer, with, PseudoHeader(from, to), {});
  return bytes;
}

void BM_ConntrackEstablished(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  Conntrack conntrack({.connections_max = connections, .seed = 7});
  std::array<PacketFacts, Conntrack::kBatchMax> facts;
  std::array<Tracked, Conntrack::kBatchMax> verdicts;
  const auto track = [&](std::size_t count) {
    conntrack.track({facts.data(), count}, {}, verdicts.data(), [](std::size_t) { return true; });
  };
  for (std::uint32_t i = 0; i < connections; ++i) {
    facts[0] = facts_of(segment(i, {.sequence = 99, .flags = kTcpSyn, .window = 1000}, false));
    facts[1] = facts_of(segment(
        i, {.sequence = 499, .acknowledgment = 100, .flags = kTcpSyn | kTcpAck, .window = 1000},
        true));
    track(2);
  }
  base::Rng rng(1);
  std::vector<std::array<Bytes, Conntrack::kBatchMax>> batches(512);
  for (auto& batch : batches) {
    for (Bytes& packet : batch) {
      packet = segment(rng.below(connections),
                       {.sequence = 100, .acknowledgment = 500, .flags = kTcpAck, .window = 1000},
                       false);
    }
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const auto& batch = batches[next++ % batches.size()];
    for (std::size_t i = 0; i < batch.size(); ++i) {
      facts[i] = facts_of(batch[i]);
    }
    track(batch.size());
    benchmark::DoNotOptimize(verdicts);
  }
  base::check(verdicts[0] == Tracked::kKnown, "the packets belong to their connections");
  state.SetItemsProcessed(state.iterations() * std::int64_t{Conntrack::kBatchMax});
}
BENCHMARK(BM_ConntrackEstablished)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace superfluid::net
