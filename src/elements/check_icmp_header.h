// SPDX-License-Identifier: Apache-2.0
// CheckICMPHeader: lets only packets with a sound ICMP header pass.
//
//   CheckICMPHeader([VERBOSE bool, DETAILS bool])
//
// Arguments, handlers: elements/header_check.h
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Drops      not ICMP, bad packet length, bad ICMP checksum
// Example    f -> CheckIPHeader -> IPClassifier(icmp) -> CheckICMPHeader -> t;
//
// The IPv4 header must be noted (CheckIPHeader). An error quotes at least 28 bytes, a timestamp is
// 20 bytes long, an information request 8.

#pragma once

#include "elements/header_check.h"
#include "graph/element.h"

namespace superfluid::elements {

class CheckICMPHeader final : public graph::PerPacket<CheckICMPHeader> {
 public:
  static const graph::ElementClass kClass;

  CheckICMPHeader();

  void configure(graph::Arguments& arguments) override {
    check_.read_arguments(arguments).complete();
  }
  void add_handlers(graph::HandlerTable& handlers) override { check_.add_handlers(handlers); }
  graph::Packet* act(graph::Packet* packet);

 private:
  HeaderCheck check_;
};

}  // namespace superfluid::elements
