// SPDX-License-Identifier: Apache-2.0
// CheckTCPHeader: lets only packets with a sound TCP header pass.
//
//   CheckTCPHeader([VERBOSE bool, DETAILS bool])
//
// Arguments  VERBOSE  says something of every refused packet, not of the first only. Default false.
//            DETAILS  adds the handler drop_details. Default false.
// Ports      1 input, 1 or 2 outputs, push or pull; refused packets are pushed to output 1 when
//            there is one
// Handlers   drops (r)         packets refused so far
//            drop_details (r)  the same by reason, a line each
// Drops      not TCP, bad packet length, bad TCP checksum
// Example    f -> CheckIPHeader -> IPClassifier(tcp) -> CheckTCPHeader -> t;
//
// The IPv4 header must be noted (CheckIPHeader). Fragments fail, since they are not whole.

#pragma once

#include "elements/transport_check.h"
#include "net/ipv4.h"

namespace superfluid::elements {

class CheckTCPHeader final : public TransportCheck<CheckTCPHeader> {
 public:
  static const graph::ElementClass kClass;
  static constexpr net::IpProtocol kProtocol = net::IpProtocol::kTcp;
  static constexpr std::string_view kWhat = "TCP";
  static constexpr std::string_view kReasons[] = {"not TCP", "bad packet length",
                                                  "bad TCP checksum"};

  static TransportVerdict judge(const net::Ipv4Header& ip, base::ByteView datagram);
};

}  // namespace superfluid::elements
