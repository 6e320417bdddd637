// SPDX-License-Identifier: Apache-2.0
// CheckICMPHeader: lets only packets with a sound ICMP header pass.
//
//   CheckICMPHeader([VERBOSE bool, DETAILS bool])
//
// Arguments  VERBOSE  says something of every refused packet, not of the first only. Default false.
//            DETAILS  adds the handler drop_details. Default false.
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Handlers   drops (r)         packets refused so far
//            drop_details (r)  the same by reason, a line each
// Drops      not ICMP, bad packet length, bad ICMP checksum
// Example    f -> CheckIPHeader -> IPClassifier(icmp) -> CheckICMPHeader -> t;
//
// The IPv4 header must be noted (CheckIPHeader). An error quotes at least 28 bytes, a timestamp is
// 20 bytes long, an information request 8.

#pragma once

#include "elements/transport_check.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class CheckICMPHeader final : public TransportCheck<CheckICMPHeader> {
 public:
  static const graph::ElementClass kClass;
  static constexpr net::IpProtocol kProtocol = net::IpProtocol::kIcmpv4;
  static constexpr std::string_view kWhat = "ICMP";
  static constexpr std::string_view kReasons[] = {"not ICMP", "bad packet length",
                                                  "bad ICMP checksum"};

  static TransportVerdict judge(const net::Ipv4Header& ip, base::ByteView datagram);
};

}  // namespace superfluid::elements
