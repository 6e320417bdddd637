// SPDX-License-Identifier: Apache-2.0
// The protocol numbers that IPv4's `protocol` and IPv6's `next header` share, and two small notions
// that both versions need: how much of a packet is at hand, and which part of a datagram it is.

#pragma once

#include <cstdint>

namespace superfluid::net {

// One byte on the wire; values without a name are as valid as those with one.
enum class IpProtocol : std::uint8_t {
  kHopByHop = 0,
  kIcmpv4 = 1,
  kIpv4 = 4,
  kTcp = 6,
  kUdp = 17,
  kIpv6 = 41,
  kRouting = 43,
  kFragment = 44,
  kEsp = 50,
  kAuthentication = 51,
  kIcmpv6 = 58,
  kNoNextHeader = 59,
  kDestinationOptions = 60,
  kSctp = 132,
};

// Whether a stated length beyond the bytes at hand is an error. It is not for what was cut on
// purpose: the first fragment of a datagram, or a datagram quoted inside an ICMP error.
enum class Extent : std::uint8_t { kWhole, kCut };

enum class FragmentPlace : std::uint8_t {
  kWhole,  // not fragmented
  kFirst,  // begins with the transport's header; the rest is in other packets
  kLater,  // bytes from the middle or the end: no transport header here
};

}  // namespace superfluid::net
