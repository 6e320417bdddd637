// SPDX-License-Identifier: Apache-2.0
// StoreIPAddress: writes an IPv4 address into packets.
//
//   StoreIPAddress([ADDR,] OFFSET)
//
// Arguments  ADDR    the address. Left out, it is the packet's noted destination; a packet without
//                    one passes unchanged, unless OFFSET is src or dst.
//            OFFSET  where to, from the packet's first byte; or src, dst: those fields of the noted
//                    IPv4 header, with the checksums of IPv4, TCP and UDP
// Ports      1 input, 1 or 2 outputs, push or pull; packets that are too short are pushed to output
//            1 when there is one
// Handlers   drops (r)  packets that were too short
// Drops      packets that end before the address would, or have no IPv4 header noted for src, dst
// Example    f -> MarkIPHeader -> StoreIPAddress(10.0.0.1, src) -> t;
//
// An OFFSET that is a number leaves all checksums as they are.

#pragma once

#include <optional>

#include "graph/element.h"
#include "net/address.h"

namespace superfluid::elements {

class StoreIPAddress final : public graph::PerPacket<StoreIPAddress> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  enum class Place : std::uint8_t { kOffset, kSource, kDestination };

  graph::Packet* refuse(graph::Packet* packet);
  graph::Packet* store_in_header(graph::Packet* packet, const net::Ipv4Address& address);

  std::optional<net::Ipv4Address> address_;
  Place place_ = Place::kOffset;
  std::uint32_t offset_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
