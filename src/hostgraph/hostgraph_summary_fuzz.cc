// SPDX-License-Identifier: Apache-2.0
// Any text is read by FromIPSummaryDump into packets that ToIPSummaryDump can write.
#include "base/bytes.h"
#include "base/text.h"
#include "graph/words.h"
#include "hostgraph/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace superfluid;
  if (size == 0) {
    return 0;
  }
  hostgraph::testing::HostedGraph graph(base::cat(
      "FromIPSummaryDump(STOP true, CHECKSUM ", (data[0] & 1) != 0 ? "true" : "false", ", DATA ",
      graph::quote(base::text_of({data, size})),
      ") -> ToIPSummaryDump(-, FIELDS timestamp link aggregate src dst ip_frag ip_fragoff ip_sum "
      "proto ip_hl ip_len sport dport udp_len tcp_seq tcp_off tcp_flags icmp_type_name icmp_seq "
      "icmp_nextmtu payload payload_len)"));
  if (graph.problems.empty()) {
    graph.run();
  }
  return 0;
}
