// SPDX-License-Identifier: Apache-2.0
// IP6NDAdvertiser: answers neighbour solicitations for its addresses, as ARPResponder does for
// IPv4.
//
//   IP6NDAdvertiser(ADDRESS[/MASK] ... ETH, ...)
//
// Arguments  any number of entries: addresses or prefixes, and the Ethernet address to tell for
//            them. Of several that fit, the longest prefix counts.
// Ports      1 input, 1 output, push or pull: Ethernet frames
// Handlers   drops (r)  frames that were not answered
// Drops      frames that are no valid neighbour solicitation (RFC 4861), or ask for an address that
//            is not here
// Example    c :: Classifier(12/86dd 54/87);   f -> c;
//            c -> IP6NDAdvertiser(2001:db8::1 02:00:00:00:00:01) -> t;
//
// An entry of a single address is this host's own, whose answer replaces what neighbours believed;
// for those of a prefix it stands in (a proxy), and overrides nobody.

#pragma once

#include <vector>

#include "graph/element.h"
#include "net/prefix.h"

namespace superfluid::elements {

class IP6NDAdvertiser final : public graph::PerPacket<IP6NDAdvertiser> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  struct Entry {
    net::Ipv6Prefix prefix;
    net::MacAddress link;
  };

  void read_entry(std::string_view text, std::size_t index, graph::Arguments& arguments);
  const Entry* find(const net::Ipv6Address& address) const;
  graph::Packet* answer(base::ByteView frame);

  std::vector<Entry> entries_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
