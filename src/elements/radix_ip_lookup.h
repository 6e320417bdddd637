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

#include <string>

#include "elements/route_table.h"
#include "graph/element.h"

namespace superfluid::elements {

class RadixIPLookup final : public graph::Splitter<RadixIPLookup> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void choose_all(graph::Batch batch, std::uint32_t* outputs);

 private:
  enum class Command : std::uint8_t { kAdd, kSet, kRemove };
  // What a command changed: the route of a prefix, before and after.
  struct Change {
    Route route;
    std::optional<NextHop> before;
  };

  static std::optional<Command> command_of(std::string_view word);
  base::Result<Change> run(Command command, std::string_view text);
  base::Status run_all(std::string_view lines);
  void undo(const Change& change);
  base::Result<std::string> look_up(std::string_view text) const;
  std::string table() const;

  RouteTable table_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
