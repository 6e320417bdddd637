// SPDX-License-Identifier: Apache-2.0
// What a start costs the node itself: from the request's line to the machine being told, with
// everything that a clone needs on its way. The machine is made up and costs nothing.
#include <benchmark/benchmark.h>

#include "agent/service.h"
#include "agent/testing.h"
#include "api/codec.h"
#include "os/clock.h"

namespace superfluid::agent {
namespace {

constexpr std::string_view kGraph =
    "// A firewall of a few rules.\n"
    "FromDevice(eth0) -> c :: Classifier(12/0806, 12/0800, -);\n"
    "c[0] -> ARPResponder(10.0.0.1 02:00:00:00:00:01) -> out :: Queue -> ToDevice(eth0);\n"
    "c[1] -> Strip(14) -> CheckIPHeader -> f :: IPFilter(allow icmp, drop all)\n"
    "  -> ICMPPingResponder -> EtherEncap(0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02) -> out;\n"
    "c[2] -> Discard;\n";

void start_of_a_known_graph(benchmark::State& state) {
  const os::SystemClock clock;
  auto loop = std::move(*os::EventLoop::create(clock));
  MadeUpMachines machines(*loop, clock);
  MadeUpWiring wiring;
  Node node(*loop, clock, wiring, {}, {.source = &machines, .why_not = ""}, {.why_not = "none"});
  Service service(*loop, node, {.version = "0", .stop = [] {}});
  api::FunctionSpec spec{.name = "fw", .graph = std::string(kGraph), .graph_name = "fw.click"};
  spec.ports = {{.name = "eth0", .kind = api::PortKind::kTap, .to = "tap0"}};
  const std::string run =
      api::encode_request({.id = 1, .method = "vm.run", .params = {{"spec", api::encode(spec)}}});
  const std::string rm =
      api::encode_request({.id = 2, .method = "vm.rm", .params = {{"function", "fw"}}});
  const auto turn = [&] {
    for (int i = 0; i < 12; ++i) {
      benchmark::DoNotOptimize(loop->turn(base::Duration()));
    }
  };
  const auto ask = [&](std::string_view line, std::string& answer) {
    auto decoded = api::decode_request(line);
    service.serve(std::move(*decoded.request), {}, clock.now(),
                  [&answer](base::Result<boost::json::object> result, bool, os::UniqueFd) {
                    answer = api::encode_reply({.id = 1, .result = std::move(result)});
                    return true;
                  });
  };
  std::string answer;
  node.adopt();
  turn();
  ask(run, answer);  // boots
  turn();
  ask(rm, answer);
  turn();
  for (auto _ : state) {
    const std::size_t before = machines.starts;
    const base::Instant begin = clock.now();
    ask(run, answer);
    const base::Duration took = clock.now() - begin;
    if (machines.starts != before + 1) {
      state.SkipWithError("the start waited for something");
    }
    state.SetIterationTime(static_cast<double>(took.count()) / 1e9);
    turn();
    ask(rm, answer);
    turn();
  }
  node.shut_down();
}
BENCHMARK(start_of_a_known_graph)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace superfluid::agent
