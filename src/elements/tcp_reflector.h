// SPDX-License-Identifier: Apache-2.0
// TCPReflector: refuses TCP connections: answers a SYN with the RST that a host without a listener
// sends.
//
//   TCPReflector()
//
// Ports      1 input, 1 or 2 outputs, push or pull; packets that are not answered are pushed to
//            output 1 when there is one
// Handlers   drops (r)  packets that were not answered so far
// Drops      packets that are no whole SYN: no IPv4 header noted, another protocol, a fragment, cut
//            short, with ACK or RST set; SYNs from or to what is no single host
// Example    f -> CheckIPHeader -> CheckTCPHeader -> TCPReflector -> out;
//
// The packet becomes its answer: addresses and ports change places, what it acknowledges is the SYN
// and the data with it (RFC 9293, 3.10.7.1), options and data go. A link header in front stays as
// it is: EtherMirror turns that around. The answer's destination is noted.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class TCPReflector final : public graph::PerPacket<TCPReflector> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
