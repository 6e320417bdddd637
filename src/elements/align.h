// SPDX-License-Identifier: Apache-2.0
// Align: places the bytes of packets in memory at a multiple of a number, plus an offset.
//
//   Align(MODULUS, OFFSET)
//
// Arguments  MODULUS  2, 4 or 8
//            OFFSET   0 to MODULUS - 1
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)
// Drops      packets that there is no memory to copy
// Example    f -> Align(4, 2) -> t;   what is behind an Ethernet header is at 0 of 4
//
// No element of this library needs it; it is here for configurations that have it. A packet that
// stands right already is not touched, all others are copied.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Align final : public graph::PerPacket<Align> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint32_t modulus_ = 0;
  std::uint32_t offset_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
