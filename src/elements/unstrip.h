// SPDX-License-Identifier: Apache-2.0
// Unstrip: lengthens packets at the front, over the bytes that Strip took off.
//
//   Unstrip(LENGTH)
//
// Arguments  LENGTH  bytes, at most 65535
// Ports      1 input, 1 output, push or pull
// Drops      packets that would grow beyond what a packet can hold
// Handlers   drops (r)
// Example    f -> Strip(14) -> CheckIPHeader -> Unstrip(14) -> t;
//
// Where nobody took bytes off before, it uncovers whatever the buffer held.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Unstrip final : public graph::PerPacket<Unstrip> {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kLengthMax = 65'535;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint32_t length_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
