// SPDX-License-Identifier: Apache-2.0
// CheckTCPHeader: lets only packets with a sound TCP header pass.
//
//   CheckTCPHeader([VERBOSE bool, DETAILS bool])
//
// Arguments, handlers: elements/header_check.h
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Drops      not TCP, bad packet length, bad TCP checksum
// Example    f -> CheckIPHeader -> IPClassifier(tcp) -> CheckTCPHeader -> t;
//
// The IPv4 header must be noted (CheckIPHeader). Fragments fail, since they are not whole.

#pragma once

#include "elements/header_check.h"
#include "graph/element.h"

namespace superfluid::elements {

class CheckTCPHeader final : public graph::PerPacket<CheckTCPHeader> {
 public:
  static const graph::ElementClass kClass;

  CheckTCPHeader();

  void configure(graph::Arguments& arguments) override {
    check_.read_arguments(arguments).complete();
  }
  void add_handlers(graph::HandlerTable& handlers) override { check_.add_handlers(handlers); }
  graph::Packet* act(graph::Packet* packet);

 private:
  HeaderCheck check_;
};

}  // namespace superfluid::elements
