// SPDX-License-Identifier: Apache-2.0
// IpLookup: what the elements that route have in common, for both versions of IP: arguments,
// handlers, and the way of a batch through its table. Their manuals are in
// elements/radix_ip_lookup.h and elements/lookup_ip6_route.h.

#pragma once

#include <string>

#include "elements/route_table.h"
#include "graph/element.h"

namespace superfluid::elements {

template <typename Address>
class IpLookup : public graph::Splitter<IpLookup<Address>> {
 public:
  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void choose_all(graph::Batch batch, std::uint32_t* outputs);

 private:
  using Table = BasicRouteTable<Address>;
  using Route = BasicRoute<Address>;
  using NextHop = BasicNextHop<Address>;
  using Bits = AddressBits<Address>;

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

  Table table_;
  std::uint64_t drops_ = 0;
};

extern template class IpLookup<net::Ipv4Address>;
extern template class IpLookup<net::Ipv6Address>;

}  // namespace superfluid::elements
