// SPDX-License-Identifier: Apache-2.0
// ARPPrint: says a line about each ARP packet that passes, as tcpdump does.
//
//   ARPPrint([LABEL] [, TIMESTAMP bool, ETHER bool, ACTIVE bool])
//
// Arguments  LABEL      what the line begins with. Default: nothing.
//            TIMESTAMP  shows the timestamp. Default true.
//            ETHER      shows the Ethernet addresses. Default false.
//            ACTIVE     whether it says anything. Default true.
// Ports      1 input, 1 output, push or pull; packets without a noted network header pass unsaid
// Handlers   active (rw)
// Example    f -> ARPPrint(in) -> t;      in: 1.250000: arp who-has 10.0.0.2 tell 10.0.0.1

#pragma once

#include <string>

#include "graph/element.h"

namespace superfluid::elements {

class ARPPrint final : public graph::PerPacket<ARPPrint> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::string line(const graph::Packet& packet) const;

  std::string label_;
  bool timestamp_ = true;
  bool ether_ = false;
  bool active_ = true;
};

}  // namespace superfluid::elements
