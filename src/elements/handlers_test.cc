// SPDX-License-Identifier: Apache-2.0
// Handlers of many elements under hostile hands: whatever is written to them and asked of them
// while packets go through, they answer or refuse, and every packet comes back to the pool.
#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"
#include "base/text.h"
#include "elements/testing.h"
#include "graph/handler.h"
#include "support/seed.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

constexpr std::string_view kGraph = R"(
in :: Inject -> CheckIPHeader(DETAILS true) -> t :: Tee(17);
t [0] -> AverageCounter -> Counter -> Paint(1) -> CheckPaint(1) -> pt :: PaintTee(1) -> Suppressor
  -> Queue(8) -> Shaper(50) -> Unqueue -> Switch(0) -> Discard;
pt [1] -> SetTimestamp -> AdjustTimestamp(1) -> TimeFilter -> Discard;
t [1] -> FrontDropQueue(4) -> DelayShaper(10ms) -> RatedUnqueue(100) -> Meter(5)
  => Discard, Discard;
t [2] -> SimpleQueue(4) -> BandwidthShaper(1000Bps) -> LinkUnqueue(5ms, 1Mbps) -> RandomSample(0.5)
  -> Discard;
t [3] -> rw :: IPRewriter(pattern 192.0.2.1 1024-65535 - - 0 0, drop) -> Discard; Idle -> [1] rw;
t [4] -> fw :: StatefulFirewall => Discard, Discard; Idle -> [1] fw;
t [5] -> lb :: LoadBalancer(10.0.0.2, 192.0.2.7, 192.0.2.8 2) => Discard, Discard; Idle -> [1] lb;
t [6] -> TokenBucketPolicer(100Bps, 100B, KEY src) -> NatProxy(10.0.0.1, 10.0.0.2) -> Discard;
t [7] -> GetIPAddress(16) -> arp :: ARPQuerier(10.0.0.9, 02:00:00:00:00:01) -> Discard;
Idle -> [1] arp; ARPTable; Idle -> ARPResponder(10.0.0.0/8 02:00:00:00:00:02) -> Discard;
t [8] -> RadixIPLookup(0.0.0.0/0 0) -> DirectIPLookup(10.0.0.0/8 10.0.0.3 0) -> DecIPTTL -> Discard;
t [9] -> IPFragmenter(60) -> IPReassembler -> Discard;
t [10] -> ICMPError(10.0.0.9, unreachable, port) -> FixIPSrc(10.0.0.9) -> Discard;
t [11] -> EtherEncap(0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02) -> VLANEncap(VLAN_TCI 1)
  -> VLANDecap -> HostEtherFilter(02:00:00:00:00:02)
  -> EtherRewrite(02:00:00:00:00:01, 02:00:00:00:00:02) -> Strip(14) -> Discard;
t [12] -> GTPUEncap(1, QFI 1) -> UDPIPEncap(192.0.2.1, 2152, 192.0.2.2, 2152) -> GTPUDecap
  -> Discard;
t [13] -> SetIPDSCP(1) -> SetIPAddress(10.0.0.1) -> StoreIPAddress(10.0.0.3, 12) -> Discard;
t [14] -> RoundRobinSwitch => q0 :: Queue(3), q1 :: Queue(3) => stride :: StrideSched(1, 2)
  -> PullSwitch(0) -> Unqueue -> Discard;
t [15] -> IPEncap(4, 192.0.2.1, 192.0.2.2) -> Truncate(40) -> CheckLength(60) -> Discard;
t [16] -> IPAddrRewriter(pattern 192.0.2.1-192.0.2.9 - 0 0) -> Discard;
ICMPPingSource(10.0.0.1, 10.0.0.2, LIMIT 3, INTERVAL 0.01) -> ICMPPingResponder -> Discard;
InfiniteSource(LIMIT 3) -> Discard; RatedSource(RATE 10, LIMIT 3) -> Discard;
)";

// A packet of UDP from 10.0.0.1 to 10.0.0.2, and one that is cut.
Sample packet(bool cut) {
  constexpr std::uint8_t kBytes[] = {0x45, 0,  0, 32, 0, 1,  0,   0,   64,  17, 0x66,
                                     0xca, 10, 0, 0,  1, 10, 0,   0,   2,   4,  0,
                                     0,    53, 0, 12, 0, 0,  't', 'e', 'x', 't'};
  return Sample(std::vector<std::uint8_t>(kBytes, kBytes + sizeof kBytes - (cut ? 9 : 0)));
}

// What people write, what they write wrong, and bytes.
std::string value(base::Rng& rng) {
  constexpr std::string_view kWords[] = {"",
                                         "0",
                                         "1",
                                         "-1",
                                         "2147483648",
                                         "18446744073709551616",
                                         "true",
                                         "false",
                                         "1e9",
                                         "0.0000001",
                                         "-0.5",
                                         "10.0.0.1",
                                         "0.0.0.0",
                                         "10/8",
                                         "10.0.0.0/8 0",
                                         "10.0.0.0/33 0",
                                         "2001:db8::1",
                                         "02:00:00:00:00:01",
                                         "1kbps",
                                         "0Bps",
                                         "4GBps",
                                         "1s",
                                         "100000000s",
                                         "add 10.0.0.0/8 0",
                                         "192.0.2.7",
                                         "192.0.2.7 1001",
                                         "10.0.0.2 02:00:00:00:00:03",
                                         "pattern - - - - 0 0",
                                         "drop",
                                         "\\<00ff>",
                                         "\"",
                                         "'$x",
                                         "1 100 1 100",
                                         "all"};
  std::string text;
  for (std::uint32_t left = rng.below(3) + 1; left != 0; --left) {
    text += kWords[rng.below(std::size(kWords))];
    text += left > 1 ? " " : "";
  }
  if (rng.below(4) == 0 && !text.empty()) {
    text[rng.below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(rng.below(256));
  }
  return text;
}

TEST(HandlersProperty, AnswerOrRefuseWhateverIsAskedOfThem) {
  base::Rng rng(superfluid::testing::test_seed());
  for (int times = 0; times < 10; ++times) {
    TestGraph graph(kGraph, {.packets_max = 512, .shared = times % 2 == 1});
    ASSERT_EQ(graph.problems(), "");
    const auto elements = graph.router().elements();
    for (int call = 0; call < 300; ++call) {
      const graph::Element& element =
          *elements[rng.below(static_cast<std::uint32_t>(elements.size()))];
      const auto& handlers = graph.router().handlers(element).all();
      const graph::Handler& handler =
          handlers[rng.below(static_cast<std::uint32_t>(handlers.size()))];
      const std::string text = value(rng);
      SCOPED_TRACE(base::cat(element.name(), ".", handler.name, " ", base::escape(text)));
      if (handler.write) {
        static_cast<void>(handler.write(text));
      }
      if (handler.read) {
        static_cast<void>(handler.read(text));
      }
      if (call % 8 == 0) {
        graph.send("in", {packet(false), packet(call % 64 == 0)});
        graph.run(8);
        graph.advance(base::milliseconds(rng.below(200)), 8);
      }
    }
  }
}

}  // namespace
}  // namespace superfluid::elements
