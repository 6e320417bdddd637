// SPDX-License-Identifier: Apache-2.0
// RadixIPLookup: routes IPv4 packets by their destination annotation; the longest prefix wins.
//
//   RadixIPLookup(ADDRESS/MASK [GATEWAY] OUTPUT, ...)
//
// Also known as DirectIPLookup, RangeIPLookup, SortedIPLookup, LinearIPLookup and StaticIPLookup,
// which in Click differ in how they look routes up: here all have one fast table.
//
// Arguments  any number of routes. MASK is a length or an address; without it the route is for one
//            address. `-` as GATEWAY is none. Of the same prefix twice, the first counts.
// Ports      1 push input, any number of push outputs
// Handlers   add, set, remove (w)  a route; add refuses a prefix that is there, set replaces it,
//                                  remove takes `ADDRESS/MASK` or a whole route
//            ctrl (w)              lines of `add ROUTE`, `set ROUTE`, `remove ROUTE`: all or none
//            table (r)             all routes, by address
//            lookup (r)            with an address: `OUTPUT [GATEWAY]`, or -1
//            drops (r)             packets dropped so far
// Drops      packets without a route; the first five are told
// Example    f -> GetIPAddress(16) -> r :: RadixIPLookup(10.0.0.0/8 0, 0.0.0.0/0 192.0.2.1 1);
//
// A packet's annotation becomes its route's gateway, where there is one.

#pragma once

#include "elements/ip_lookup.h"

namespace superfluid::elements {

class RadixIPLookup final : public IpLookup<net::Ipv4Address> {
 public:
  static const graph::ElementClass kClass;
};

}  // namespace superfluid::elements
