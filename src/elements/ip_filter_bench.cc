// SPDX-License-Identifier: Apache-2.0
// What classification costs: IPFilter and IPClassifier on packets that only the last rule matches,
// and on packets that match any; the time is per packet.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "base/text.h"
#include "elements/ip_expression.h"
#include "elements/rule_matcher.h"

namespace superfluid::elements {
namespace {

// A firewall's rules: hosts, networks, ports, protocols and flags, as people write them.
std::string rule(base::Rng& rng, unsigned i) {
  switch (rng.below(5)) {
    case 0: return base::cat("src net 172.16.", i % 256, ".0/24 && udp && dst port 443");
    case 1: return base::cat("dst net 192.168.", i % 256, ".0/24 && tcp && dst port 1433 && syn");
    case 2: return base::cat("src net 198.51.", i % 256, ".0/24 && dst port >= ", 1024 + i);
    case 3: return base::cat("src host 203.0.", i / 256, ".", i % 256);
    default:
      return base::cat("src net 10.", i % 256, ".0.0/16 && dst host 192.168.4.", i % 256,
                       " && tcp && dst port ", 20 + i);
  }
}

RuleMatcher matcher_of(unsigned count) {
  base::Rng rng(1);
  std::vector<Expression> rules;
  for (unsigned i = 0; i < count; ++i) {
    Remarks remarks;
    auto parsed = parse_ip_expression(
        split_expression(i + 1 < count ? rule(rng, i) : "udp && dst port 4001"), remarks);
    base::check(parsed.has_value(), "a rule of the benchmark parses");
    rules.push_back(std::move(*parsed));
  }
  return RuleMatcher(std::move(rules));
}

struct Traffic {
  // 20 bytes of IPv4, 20 of transport.
  std::vector<std::array<std::uint8_t, 40>> packets;

  void put(std::uint8_t protocol, std::uint32_t source, std::uint32_t destination,
           std::uint16_t port) {
    std::array<std::uint8_t, 40> bytes{};
    bytes[0] = 0x45;
    bytes[9] = protocol;
    for (unsigned i = 0; i < 4; ++i) {
      bytes[12 + i] = static_cast<std::uint8_t>(source >> (24 - 8 * i));
      bytes[16 + i] = static_cast<std::uint8_t>(destination >> (24 - 8 * i));
    }
    bytes[22] = static_cast<std::uint8_t>(port >> 8);
    bytes[23] = static_cast<std::uint8_t>(port);
    packets.push_back(bytes);
  }
};

void run(benchmark::State& state, const Traffic& traffic) {
  const RuleMatcher matcher = matcher_of(static_cast<unsigned>(state.range(0)));
  std::size_t next = 0;
  std::uint64_t matched = 0;
  for (auto _ : state) {
    std::array<HeaderBytes, 32> batch;
    for (HeaderBytes& each : batch) {
      const std::uint8_t* const bytes = traffic.packets[next].data();
      next = next + 1 == traffic.packets.size() ? 0 : next + 1;
      each.at = {bytes, nullptr, bytes, bytes + 20};
      each.length = {40, 0, 40, 20};
    }
    std::array<std::uint32_t, 32> first;
    matcher.match(batch, first.data());
    matched += first[31] != RuleMatcher::kNone ? 1 : 0;
  }
  benchmark::DoNotOptimize(matched);
  state.SetItemsProcessed(state.iterations() * 32);
}

void BM_LastRule(benchmark::State& state) {
  Traffic traffic;
  for (int i = 0; i < 32; ++i) {
    traffic.put(17, 0x64400101, 0x64400202, 4001);
  }
  run(state, traffic);
}
BENCHMARK(BM_LastRule)->Arg(20)->Arg(100)->Arg(1000);

void BM_MixedFlows(benchmark::State& state) {
  base::Rng rng(2);
  Traffic traffic;
  constexpr std::uint32_t kSources[] = {0xac100000, 0xc6330000, 0xcb000000, 0x0a000000};
  for (int i = 0; i < 10'000; ++i) {
    traffic.put(rng.below(2) == 0 ? 6 : 17, kSources[rng.below(4)] | rng.below(0x10000),
                0xc0a80000 | rng.below(0x10000), static_cast<std::uint16_t>(rng.below(8192)));
  }
  run(state, traffic);
}
BENCHMARK(BM_MixedFlows)->Arg(20)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace superfluid::elements
