// SPDX-License-Identifier: Apache-2.0
// ARPResponder: answers ARP requests.
//
//   ARPResponder(IP/MASK [IP/MASK ...] ETH, ...)
//
// Arguments  each  addresses or ranges of them, and the Ethernet address that they have. A name
//                  that an AddressInfo gives to both an address and its Ethernet address is
//                  enough.
// Ports      1 input, ARP requests with their Ethernet header; 1 or 2 outputs, push or pull: the
//            replies; what is not answered is pushed to output 1 when there is one
// Handlers   table (r)   a range and its Ethernet address a line, in the order of the search
//            lookup (r)  given an address, its Ethernet address, or nothing
//            add (w)     an argument more
//            remove (w)  "IP/MASK"
//            drops (r)   packets not answered so far
// Drops      packets that are no ARP request for IPv4 over Ethernet, requests for other addresses
// Example    c :: Classifier(12/0806 20/0001, -);
//            c[0] -> ARPResponder(10.0.0.1 10.1.0.0/16 02:00:00:00:00:01) -> out;
//
// A narrow range wins over one that it lies in; of two that are the same, the later one counts. The
// reply's VLAN note is the request's.

#pragma once

#include <string>
#include <vector>

#include "elements/ip_argument.h"
#include "graph/element.h"

namespace superfluid::elements {

class ARPResponder final : public graph::PerPacket<ARPResponder> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  struct Entry {
    AddressRange range;
    net::MacAddress mac;
  };
  using Entries = std::vector<Entry>;

  graph::Complaint read(std::string_view text, Entries& entries) const;
  // False when there was an entry for the same range, which is replaced.
  static bool insert(Entries& entries, const Entry& entry);
  const net::MacAddress* find(const net::Ipv4Address& address) const;
  base::Status add(std::string_view text);
  base::Status remove(std::string_view text);

  Entries entries_;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
