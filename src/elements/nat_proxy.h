// SPDX-License-Identifier: Apache-2.0
// NatProxy: a proxy between two hosts: what one sends to it goes on to the other.
//
//   NatProxy(A, B)
//
// Arguments  A, B  the hosts' addresses; not the same one
// Ports      1 input, 1 or 2 outputs, push or pull
//            output 0 packets, those from A with B as their destination and the reverse; without
//                     output 1 also those from other hosts, as they came
//            output 1 (push) packets from other hosts
// Handlers   a, b (rw)   as A and B
//            others (r)  packets from other hosts
//            drops (r)   packets dropped so far
// Drops      packets without a whole IPv4 packet at the noted header
// Example    f -> CheckIPHeader -> NatProxy(192.0.2.1, 198.51.100.1) -> t;
//
// The least that a network function can do and still be one: a measure of what carries it. Only the
// destination changes, in the header and as noted, and with it the checksums of IPv4, TCP and UDP.

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class NatProxy final : public graph::PerPacket<NatProxy> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  base::Status set_host(std::string_view text, net::Ipv4Address& host,
                        const net::Ipv4Address& other);

  net::Ipv4Address a_;
  net::Ipv4Address b_;
  std::uint64_t others_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
