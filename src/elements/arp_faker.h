// SPDX-License-Identifier: Apache-2.0
// ARPFaker: says unasked, every ten seconds, which Ethernet address an IPv4 address has.
//
//   ARPFaker(DSTIP, DSTETH, SRCIP, SRCETH)
//
// Arguments  DSTIP, DSTETH  who is told
//            SRCIP, SRCETH  the address and the Ethernet address that it has
// Ports      no input; 1 output, push: ARP replies with their Ethernet header, the first after a
//            second
// Handlers   count (r)  replies sent so far
// Example    ARPFaker(10.0.0.1, 02:00:00:00:00:01, 10.0.0.9, 02:00:00:00:00:09) -> out;

#pragma once

#include "graph/element.h"
#include "net/arp.h"

namespace superfluid::elements {

class ARPFaker final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void run_timer(graph::Timer& timer) override;

 private:
  net::ArpFields reply_{net::ArpOperation::kReply, {}, {}, {}, {}};
  std::uint64_t count_ = 0;
  graph::Timer timer_{*this};
};

}  // namespace superfluid::elements
