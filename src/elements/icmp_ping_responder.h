// SPDX-License-Identifier: Apache-2.0
// ICMPPingResponder: turns ICMP echo requests into their replies.
//
//   ICMPPingResponder()
//
// Ports      1 input, 1 or 2 outputs, push or pull; packets that are no echo request are pushed to
//            output 1 when there is one
// Handlers   drops (r)  packets that were no echo request so far
// Drops      packets that are no whole echo request: no IPv4 header noted, another protocol or
//            type, a later fragment
// Example    f -> CheckIPHeader -> ICMPPingResponder -> EtherMirror -> ...
//
// Source and destination change places, the reply has a time to live of 255 and no fragment flags;
// checksums follow. The reply's destination is noted, its paint is 0, its time is now.

#pragma once


#include "graph/element.h"

namespace superfluid::elements {

class ICMPPingResponder final : public graph::PerPacket<ICMPPingResponder> {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
