// SPDX-License-Identifier: Apache-2.0
// AddressInfo: gives names to addresses.
//
//   AddressInfo(NAME ADDRESS [ADDRESS ...], ...)
//
// Arguments  each  a name, and what it stands for: IPv4 and IPv6 addresses, ranges of them
//                  (10.0.0.1/24, 2001:db8::/32), Ethernet addresses, or other names. A range whose
//                  address has bits behind its mask is an address too.
// Ports      none
// Example    AddressInfo(gateway 10.0.0.1/24 02:00:00:00:00:01);
//            q :: ARPQuerier(gateway) -> out;   in -> StoreIPAddress(gateway:bcast, dst) -> q;
//
// Where an argument is an address, a name may stand: which of its meanings is taken, the kind of
// the argument decides, or a suffix: NAME:ip, :ip6, :eth (its Ethernet address), :ipnet, :ip6net
// (its ranges), :bcast (the last address of its range), :gw (the first one). An argument that may
// be an address or a range takes the address. Names defined in a compound element are known there
// and in compounds within. It does not matter where in its compound an AddressInfo stands.
//
// Interfaces of the host are such names without being defined: eth0, eth0:eth, eth0:gw (of its
// default route). A graph sees their addresses as they are when it first names one.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class AddressInfo final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
};

}  // namespace superfluid::elements
