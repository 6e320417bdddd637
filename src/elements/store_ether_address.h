// SPDX-License-Identifier: Apache-2.0
// StoreEtherAddress: writes an Ethernet address into packets.
//
//   StoreEtherAddress(ADDR, OFFSET)
//
// Arguments  ADDR    the address
//            OFFSET  where to, from the packet's first byte; or src, dst: 6 and 0, as in an
//                    Ethernet header
// Ports      1 input, 1 or 2 outputs, push or pull; packets that are too short are pushed to output
//            1 when there is one
// Handlers   addr (rw)
//            drops (r)  packets that were too short
// Drops      packets that end before the address would
// Example    f -> StoreEtherAddress(02:00:00:00:00:01, src) -> t;

#pragma once

#include "graph/element.h"
#include "net/address.h"

namespace superfluid::elements {

class StoreEtherAddress final : public graph::PerPacket<StoreEtherAddress> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::MacAddress address_;
  std::uint32_t offset_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
