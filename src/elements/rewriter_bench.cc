// SPDX-License-Identifier: Apache-2.0
// What translating a packet costs, few flows against many: the promise is that a million cost at
// most twice as much for each packet as ten thousand.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "elements/testing.h"
#include "net/ipv4.h"
#include "net/udp.h"

namespace superfluid::elements {
namespace {

// One UDP datagram of 10.0.0.0/8; the flow's number is in its address and port.
class Traffic {
 public:
  Traffic() : bytes_(20 + 8 + 18) {
    base::Writer writer(bytes_);
    base::check(net::write_ipv4(writer,
                                {.protocol = net::IpProtocol::kUdp,
                                 .source = {{10, 0, 0, 0}},
                                 .destination = {{192, 0, 2, 9}}},
                                bytes_.size() - 20),
                "the packet fits");
  }

  graph::Packet* packet(graph::PacketPool& pool, std::uint32_t flow) const {
    graph::Packet* const made = pool.make(bytes_);
    base::check(made != nullptr, "the pool has packets");
    made->network = made->data;
    auto& header = *reinterpret_cast<net::Ipv4Header*>(made->network);
    auto& udp = *reinterpret_cast<net::UdpHeader*>(made->network + 20);
    header.source = net::Ipv4Address::from_host(0x0a000000 + flow / 16);
    header.destination.bytes[1] = static_cast<std::uint8_t>(flow / 8192);
    udp.source_port.set(static_cast<std::uint16_t>(2000 + flow % 8192));
    udp.destination_port.set(80);
    return made;
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Packets of state.range(0) flows, in random order.
template <typename Send>
void run(benchmark::State& state, Send send) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  const Traffic traffic;
  base::Rng rng(1);
  std::vector<std::uint32_t> order(1 << 18);
  for (std::uint32_t& flow : order) {
    flow = rng.below(flows);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    graph::Packet* packets[graph::kBatchMax];
    for (graph::Packet*& packet : packets) {
      packet = send.packet(traffic, order[next++ % order.size()]);
    }
    send.push(graph::Batch(packets, graph::kBatchMax));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(graph::kBatchMax));
}

struct ToElement {
  testing::TestGraph& graph;
  graph::Element& element;

  graph::Packet* packet(const Traffic& traffic, std::uint32_t flow) const {
    return traffic.packet(graph.router().pool(), flow);
  }
  void push(graph::Batch batch) const { element.push(0, batch); }
};

// The packets alone: what to take off the other.
void BM_RewriterSource(benchmark::State& state) {
  testing::TestGraph graph("Idle -> sink :: Discard");
  run(state, ToElement{graph, graph.element("sink")});
}
BENCHMARK(BM_RewriterSource)->Arg(10'000);

void BM_IPRewriter(benchmark::State& state) {
  testing::TestGraph graph(
      "Idle -> rw :: IPRewriter(pattern 198.51.100.1 1024-65535 - - 0 0) -> Discard");
  const ToElement send{graph, graph.element("rw")};
  const Traffic traffic;
  for (std::uint32_t flow = 0; flow < static_cast<std::uint32_t>(state.range(0)); ++flow) {
    graph::Packet* packet = send.packet(traffic, flow);
    send.push(graph::Batch(&packet, 1));
  }
  run(state, send);
  base::check(graph.read("rw.table_size") == std::to_string(state.range(0)), "every flow is there");
}
BENCHMARK(BM_IPRewriter)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace superfluid::elements
