// SPDX-License-Identifier: Apache-2.0
// Any bytes as packets through all rewriters at once, from both sides; and any text as the
// specification of an input.
//
// Input: the specification up to a zero byte; then packets: a byte for the way in, one for the
// length, that many bytes.
#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "elements/testing.h"

namespace {

using namespace superfluid;
using elements::testing::Sample;

constexpr std::size_t kPacketsMax = 64;
constexpr std::string_view kRewriters[] = {"IPRewriter",         "TCPRewriter",
                                           "UDPRewriter",        "IPAddrRewriter",
                                           "IPAddrPairRewriter", "ICMPPingRewriter"};

// All share one capacity of a few flows, so that they evict each other's.
std::string graph_around(std::string_view spec) {
  std::string text = "out :: Capture; ways :: Inject -> in :: Tee; back :: Inject -> too :: Tee;";
  std::string names;
  for (std::size_t i = 0; i < std::size(kRewriters); ++i) {
    const std::string name = base::cat("r", i);
    text += base::cat(name, " :: ", kRewriters[i], "(", spec, ", drop, MAPPING_CAPACITY ",
                      i == 0 ? "5" : "r0", ", GUARANTEE 1, REPLY_ANNO PAINT); in[", i, "] -> ",
                      name, " -> out; too[", i, "] -> [1] ", name, "; ", name, "[1] -> out;");
    names += base::cat(" ", name);
  }
  return base::cat(text, "errors :: ICMPRewriter(", names,
                   ") -> out; in[6] -> errors; too[6] -> errors;");
}

Sample take_packet(base::ByteView& input, std::uint8_t& way) {
  way = input[0];
  const std::size_t length = std::min<std::size_t>(input[1], input.size() - 2);
  Sample sample(std::vector<std::uint8_t>(input.begin() + 2,
                                          input.begin() + 2 + static_cast<std::ptrdiff_t>(length)));
  if ((way & 2) == 0) {
    sample.network = 0;
  }
  input = input.subspan(2 + length);
  return sample;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteView input(data, size);
  const std::string_view text = base::text_of(input);
  const std::string_view spec = text.substr(0, text.find('\0'));
  if (spec.find_first_of(",()\"'\\/") != spec.npos) {
    return 0;
  }
  elements::testing::TestGraph graph(graph_around(spec), {.packets_max = 512, .shared = true});
  if (!graph.built()) {
    return 0;
  }
  input = input.subspan(std::min(spec.size() + 1, input.size()));
  for (std::size_t i = 0; i < kPacketsMax && input.size() >= 2; ++i) {
    std::uint8_t way = 0;
    const Sample packet = take_packet(input, way);
    graph.send((way & 1) == 0 ? "ways" : "back", {packet, packet});
    if ((way & 4) != 0) {
      graph.advance(base::milliseconds(way * 10));
    }
  }
  for (std::size_t i = 0; i < std::size(kRewriters); ++i) {
    for (const char* handler : {"patterns", "size", "drop_details"}) {
      graph.read(base::cat("r", i, ".", handler));
    }
  }
  for (const char* handler : {"r0.tcp_table", "r0.udp_table", "r1.table", "r2.table", "r3.table",
                              "r4.table", "r5.table"}) {
    graph.read(handler);
  }
  base::check(base::parse_u64(graph.read("r0.size")).value_or(99) <= 5, "a capacity holds");
  base::check(graph.held() == 0, "no packet is kept");
  return 0;
}
