// SPDX-License-Identifier: Apache-2.0
// CheckUDPHeader: lets only packets with a sound UDP header pass.
//
//   CheckUDPHeader([VERBOSE bool, DETAILS bool])
//
// Arguments  VERBOSE  says something of every refused packet, not of the first only. Default false.
//            DETAILS  adds the handler drop_details. Default false.
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Handlers   drops (r)         packets refused so far
//            drop_details (r)  the same by reason, a line each
// Drops      not UDP, bad packet length, bad UDP checksum
// Example    f -> CheckIPHeader -> IPClassifier(udp) -> CheckUDPHeader -> t;
//
// The IPv4 header must be noted (CheckIPHeader). A checksum of zero is none, and right.

#pragma once

#include "elements/transport_check.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class CheckUDPHeader final : public TransportCheck<CheckUDPHeader> {
 public:
  static const graph::ElementClass kClass;
  static constexpr net::IpProtocol kProtocol = net::IpProtocol::kUdp;
  static constexpr std::string_view kWhat = "UDP";
  static constexpr std::string_view kReasons[] = {"not UDP", "bad packet length",
                                                  "bad UDP checksum"};

  static TransportVerdict judge(const net::Ipv4Header& ip, base::ByteView datagram);
};

}  // namespace superfluid::elements
