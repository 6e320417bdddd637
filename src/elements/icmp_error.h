// SPDX-License-Identifier: Apache-2.0
// ICMPError: answers an IPv4 packet with the ICMP error that says what was wrong with it.
//
//   ICMPError(SRC, TYPE [, CODE, BADADDRS, MTU n, PMTU n, SET_FIX_ANNO bool])
//
// Arguments  SRC           the address that the error comes from
//            TYPE          unreachable, sourcequench, redirect, timeexceeded, parameterproblem, or
//                          their numbers
//            CODE          a number, or a name: net, host, protocol, port, needfrag, ... of
//                          unreachable; net, host of redirect; transit, reassembly of timeexceeded;
//                          erroratptr, missingopt, length of parameterproblem. Default 0.
//            BADADDRS      addresses that are never answered, as source or as destination:
//                          broadcast addresses. Default none.
//            MTU           most bytes of the error, 128 to 65535. Default 576.
//            PMTU          what needfrag says of the link ahead. Default 0.
//            SET_FIX_ANNO  whether FixIPSrc is to set the source address later. Default true.
// Ports      1 input, 1 output, push or pull
// Handlers   src, mtu, pmtu (rw)
//            drops (r)  packets that got no answer
// Drops      by RFC 1812, 4.3.2.7: ICMP errors, later fragments, packets sent to all or to a group
//            (by their address or by their Ethernet address), packets from no single host;
//            redirects for packets with a source route; packets without a sound IPv4 header noted
// Example    f -> dt :: DecIPTTL -> t;   dt [1] -> ICMPError(10.0.0.1, timeexceeded) -> rt;
//
// The error quotes as much of the packet as there is room for. A source route of the packet is
// taken back in reverse. parameterproblem's pointer is what IPGWOptions noted, redirect's gateway
// the noted destination. The output belongs to where packets are routed, as if it came from a
// device; its destination is noted, its time is now.

#pragma once

#include <optional>

#include "elements/ip_argument.h"
#include "graph/element.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class ICMPError final : public graph::PerPacket<ICMPError> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  void read_type(graph::Arguments& arguments, std::string_view type, std::string_view code);
  bool may_answer(const graph::Packet& packet, const net::Ipv4View& cause) const;
  bool is_single_host(const net::Ipv4Address& address) const;
  bool is_valid_source(const net::Ipv4Address& address) const;
  graph::Packet* answer(const graph::Packet& packet, const net::Ipv4View& cause);

  net::Ipv4Address source_;
  AddressList bad_addresses_;
  std::uint32_t mtu_ = 576;
  std::uint16_t path_mtu_ = 0;
  std::uint16_t identification_ = 0;
  std::uint8_t type_ = 0;
  std::uint8_t code_ = 0;
  bool set_fix_note_ = true;
  std::uint64_t drops_ = 0;
};

}  // namespace superfluid::elements
