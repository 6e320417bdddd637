// SPDX-License-Identifier: Apache-2.0
// CheckUDPHeader: lets only packets with a sound UDP header pass.
//
//   CheckUDPHeader([VERBOSE bool, DETAILS bool])
//
// Arguments, handlers: elements/header_check.h
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Drops      not UDP, bad packet length, bad UDP checksum
// Example    f -> CheckIPHeader -> IPClassifier(udp) -> CheckUDPHeader -> t;
//
// The IPv4 header must be noted (CheckIPHeader). A checksum of zero is none, and right.

#pragma once

#include "elements/header_check.h"
#include "graph/element.h"

namespace superfluid::elements {

class CheckUDPHeader final : public graph::PerPacket<CheckUDPHeader> {
 public:
  static const graph::ElementClass kClass;

  CheckUDPHeader();

  void configure(graph::Arguments& arguments) override {
    check_.read_arguments(arguments).complete();
  }
  void add_handlers(graph::HandlerTable& handlers) override { check_.add_handlers(handlers); }
  graph::Packet* act(graph::Packet* packet);

 private:
  HeaderCheck check_;
};

}  // namespace superfluid::elements
