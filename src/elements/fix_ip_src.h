// SPDX-License-Identifier: Apache-2.0
// FixIPSrc: sets the source address of packets that ask for it, as ICMPError's do.
//
//   FixIPSrc(IPADDR)
//
// Arguments  IPADDR  the source to set: the address of the interface behind.
// Ports      1 input, 1 output, push or pull
// Example    rt[0] -> FixIPSrc(192.0.2.1) -> ...
//
// The header's checksum is computed anew. Packets without the mark, or without a noted IPv4 header,
// pass unchanged.

#pragma once

#include "graph/element.h"
#include "net/address.h"

namespace superfluid::elements {

class FixIPSrc final : public graph::PerPacket<FixIPSrc> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::Ipv4Address address_;
};

}  // namespace superfluid::elements
