// SPDX-License-Identifier: Apache-2.0
// Hostile packets through what a router is made of: ARP, options, fragments, ICMP errors. Whatever
// comes in, what comes out is sound; what is held is bounded; and what IPFragmenter cut,
// IPReassembler makes whole again.
//
// Input: a byte for the MTU; then packets: what to do with it (see Kind), its length in two bytes,
// its bytes, zeros where the input has no more.
#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/cursor.h"
#include "base/text.h"
#include "elements/testing.h"
#include "net/checksum.h"
#include "net/icmp.h"
#include "net/ipv4.h"

namespace {

using namespace superfluid;
using elements::testing::Sample;
using elements::testing::TestGraph;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kMtuMin = 68;
constexpr std::size_t kPacketBytesMax = 4000;
constexpr std::size_t kPacketsMax = 48;
constexpr std::uint64_t kMemoryMax = 65'536;

enum class Kind : std::uint8_t { kFrame, kPacket, kSoundPacket, kFragments, kPause };
constexpr std::uint8_t kKinds = 5;

std::string router(std::uint32_t mtu) {
  return base::cat(
      "frames :: Inject -> eth :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);"
      "eth [0] -> ARPResponder(10.0.0.0/8 2:0:0:0:0:1) -> sent :: Capture;"
      "eth [1] -> [1] arp :: ARPQuerier(10.0.0.1/24, 2:0:0:0:0:1, CAPACITY 16, ENTRY_CAPACITY 8);"
      "eth [2] -> Strip(14) -> MarkIPHeader -> ip :: Null; eth [3] -> Discard;"
      "packets :: Inject -> ip; ip -> IPPrint(PAYLOAD hex) -> tee :: Tee;"
      "tee [0] -> gio :: IPGWOptions(10.0.0.1, 10.0.0.2) -> StoreIPAddress(dst) -> ttl :: DecIPTTL"
      " -> fr :: IPFragmenter(",
      mtu,
      ") -> fragments :: Tee -> arp -> sent;"
      "fragments [1] -> pieces :: Capture;"
      "gio [1] -> ICMPError(10.0.0.1, parameterproblem) -> errors :: Capture;"
      "ttl [1] -> ICMPError(10.0.0.1, timeexceeded) -> [1] errors;"
      "fr [1] -> ICMPError(10.0.0.1, unreachable, needfrag) -> [2] errors;"
      "tee [1] -> r :: IPReassembler(HIMEM ",
      kMemoryMax,
      ") -> wholes :: Capture;"
      "r [1] -> ICMPError(10.0.0.1, timeexceeded, reassembly) -> [3] errors;"
      "tee [2] -> ICMPPingResponder -> pings :: Capture;"
      "tee [3] -> TCPReflector -> [1] pings;"
      "tee [4] -> ping :: ICMPPingSource(10.0.0.1, 10.0.0.2) -> Discard;");
}

net::Ipv4View sound_datagram(const Sample& sample) {
  const auto view = net::parse_ipv4(sample.bytes);
  base::check(view && net::verify_checksum(*view), "what comes out has a sound header");
  return *view;
}

void check_errors(TestGraph& graph) {
  for (const Sample& sample : graph.captured("errors")) {
    const net::Ipv4View ip = sound_datagram(sample);
    const auto icmp = net::parse_icmp(ip.payload);
    base::check(icmp && net::verify_checksum(*icmp), "errors are sound");
    base::check(icmp->header->is_error() && sample.bytes.size() <= 576, "errors are short errors");
  }
}

// Of sound packets alone: others pass as they are when they are short.
void check_pieces(TestGraph& graph, std::uint32_t mtu) {
  for (const Sample& sample : graph.captured("pieces")) {
    base::check(!sample.network || *sample.network < 0 ||
                    sample.bytes.size() <= mtu + static_cast<std::size_t>(*sample.network),
                "fragments fit the link");
  }
}

void check_bounds(TestGraph& graph) {
  base::check(base::parse_u64(graph.read("r.memory")).value() <= kMemoryMax, "memory has a bound");
  base::check(base::parse_u64(graph.read("arp.count")).value() <= 8, "entries have a bound");
  base::check(base::parse_u64(graph.read("arp.length")).value() <= 16, "packets have a bound");
}

// The packet with a header that says what is true of it.
Sample made_sound(Bytes bytes) {
  bytes.resize(std::max<std::size_t>(bytes.size(), sizeof(net::Ipv4Header)));
  auto& header = *reinterpret_cast<net::Ipv4Header*>(bytes.data());
  const std::size_t words = std::clamp<std::size_t>(header.version_and_words & 0xf, 5,
                                                    std::min<std::size_t>(bytes.size() / 4, 15));
  header.version_and_words = static_cast<std::uint8_t>(0x40 | words);
  header.total_length.set(static_cast<std::uint16_t>(bytes.size()));
  header.checksum = {};
  header.checksum = net::internet_checksum({bytes.data(), 4 * words});
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

// Cut and joined again, it is what it was.
void check_round_trip(const Sample& sample, std::uint32_t mtu) {
  const net::Ipv4View before = sound_datagram(sample);
  if (before.header->fragment_place() != net::FragmentPlace::kWhole) {
    return;
  }
  TestGraph graph(base::cat("in :: Inject -> f :: IPFragmenter(", mtu,
                            ", false) -> IPReassembler -> out :: Capture"));
  graph.send("in", {sample});
  const auto& out = graph.captured("out");
  if (graph.read("f.drops") != "0") {
    base::check(out.empty(), "what was refused is not sent");
    return;
  }
  base::check(out.size() == 1, "one packet stays one packet");
  const net::Ipv4View after = sound_datagram(out[0]);
  base::check(std::ranges::equal(before.payload, after.payload), "no byte is lost");
  base::check(std::ranges::equal(before.options, after.options), "the options are the first's");
}

Bytes take_bytes(base::Cursor& cursor) {
  const std::size_t wanted = std::min<std::size_t>(cursor.u16().value_or(0), kPacketBytesMax);
  const auto taken = *cursor.take(std::min(wanted, cursor.remaining()));
  Bytes bytes(taken.begin(), taken.end());
  bytes.resize(wanted);
  return bytes;
}

void handle(TestGraph& graph, Kind kind, Bytes bytes, std::uint32_t mtu) {
  Sample sample(bytes);
  switch (kind) {
    case Kind::kFrame: graph.send("frames", {sample}); break;
    case Kind::kPacket:
      sample.network = 0;
      graph.send("packets", {sample});
      break;
    case Kind::kSoundPacket:
      sample = made_sound(std::move(bytes));
      graph.send("packets", {sample});
      check_round_trip(sample, mtu);
      break;
    case Kind::kFragments: {  // a bomb of them
      sample = made_sound(std::move(bytes));
      auto& header = *reinterpret_cast<net::Ipv4Header*>(sample.bytes.data());
      for (std::uint16_t i = 0; i < 64; ++i) {
        header.identification.set(i);
        graph.send("packets", {sample});
      }
      break;
    }
    case Kind::kPause:
      graph.advance(base::milliseconds(static_cast<std::int64_t>(bytes.size()) * 20));
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::Cursor cursor({data, size});
  const std::uint32_t mtu = kMtuMin + 4U * cursor.u8().value_or(0);
  TestGraph graph(router(mtu), {.shared = true});
  base::check(graph.problems().empty(), "the router is a graph");
  for (std::size_t i = 0; i < kPacketsMax && !cursor.at_end(); ++i) {
    const auto kind = static_cast<Kind>(*cursor.u8() % kKinds);
    handle(graph, kind, take_bytes(cursor), mtu);
    check_errors(graph);
    check_pieces(graph, mtu);
    check_bounds(graph);
    for (const std::string_view capture : {"errors", "pieces", "sent", "wholes", "pings"}) {
      graph.forget(capture);
    }
  }
  return 0;
}
