// SPDX-License-Identifier: Apache-2.0
// Resize, Pad: change the length of packets.
//
//   Resize([HEAD, TAIL])
//   Pad([LENGTH] [, ZERO bool])
//
// Arguments  HEAD    bytes to put in front, or, negative, to take away there. Default 0. Those that
//                    were taken away before come back, as with Unstrip; others are zero.
//            TAIL    the same at the end, where bytes that are added are always zero
//            LENGTH  packets that are shorter are made so long. Default: each packet is made as
//                    long as it was on the wire, as noted by whoever cut it.
//            ZERO    accepted: bytes that Pad adds are always zero
// Ports      1 input, 1 output, push or pull
// Handlers   head, tail (rw)  of Resize
//            drops (r)
// Drops      packets that there is no memory for
// Example    FromDump(headers.pcap) -> Pad -> ToDump(whole.pcap);

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class Resize final : public graph::PerPacket<Resize> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::int32_t head_ = 0;
  std::int32_t tail_ = 0;
  std::uint64_t drops_ = 0;
};

class Pad final : public graph::PerPacket<Pad> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  std::uint64_t drops_ = 0;
  std::uint32_t length_ = 0;  // 0: as the packet was
};

}  // namespace superfluid::elements
