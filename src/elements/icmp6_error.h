// SPDX-License-Identifier: Apache-2.0
// ICMP6Error: tells the sender of an IPv6 packet what is wrong with it.
//
//   ICMP6Error(SRC, TYPE, CODE [, MTU n])
//
// Arguments  SRC    who says so: this host's address. Of a redirect a link-local one.
//            TYPE   1 destination unreachable, 2 packet too big, 3 time exceeded, 4 parameter
//                   problem, 137 redirect.
//            CODE   the type's code.
//            MTU    what "packet too big" tells. Default 1500.
// Ports      1 input, 1 output, push or pull
// Handlers   drops (r)  packets that got no error
// Drops      packets that must not be answered (RFC 4443, section 2.4): ICMPv6 errors and
//            redirects, packets from no single host, packets to many (where the error is not
//            "packet too big", or "parameter problem" of code 2), and those without a noted, whole
//            IPv6 header (CheckIP6Header)
// Example    h :: DecIP6HLIM;   h [1] -> ICMP6Error(2001:db8::1, 3, 0) -> Meter(100) -> t;
//
// The error quotes as much of the packet as fits into 1280 bytes. Its destination is noted. A
// parameter problem points where the packet's annotation does; a redirect names the packet's
// noted destination as the better hop. RFC 4443 wants errors limited in their rate: a Meter or a
// Shaper behind this does that.

#pragma once

#include "graph/element.h"
#include "net/icmpv6.h"

namespace superfluid::elements {

class ICMP6Error final : public graph::PerPacket<ICMP6Error> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  bool may_answer(const graph::Packet& packet) const;
  std::uint32_t word_of(const graph::Packet& packet) const;
  graph::Packet* answer(const graph::Packet& packet);

  net::Ipv6Address source_;
  net::Icmpv6Type type_{};
  std::uint8_t code_ = 0;
  std::uint32_t mtu_ = 1500;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
