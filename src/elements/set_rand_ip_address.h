// SPDX-License-Identifier: Apache-2.0
// SetRandIPAddress: notes a random address as each packet's destination.
//
//   SetRandIPAddress(PREFIX [, LIMIT])
//
// Arguments  PREFIX  the addresses that may be drawn.
//            LIMIT   draws among so many addresses only, which are themselves drawn once; up to
//                    1048576. Default: among all.
// Ports      1 input, 1 output, push or pull
// Example    f -> SetRandIPAddress(10.0.0.0/8, 1000) -> RadixIPLookup(0.0.0.0/0 0) -> Discard;
//
// For trying out tables: the packet's bytes stay as they are. The same seed draws the same row.

#pragma once

#include <vector>

#include "elements/ip_argument.h"
#include "graph/element.h"

namespace superfluid::elements {

class SetRandIPAddress final : public graph::PerPacket<SetRandIPAddress> {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::int32_t kLimitMax = 1 << 20;

  void configure(graph::Arguments& arguments) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  net::Ipv4Address draw();

  AddressRange range_;
  std::vector<net::Ipv4Address> among_;  // empty: all
};

}  // namespace superfluid::elements
