// SPDX-License-Identifier: Apache-2.0
// For tests: packets of IPv4 from their fields.

#pragma once

#include <string_view>
#include <vector>

#include "base/check.h"
#include "elements/testing.h"
#include "net/ipv4.h"
#include "net/udp.h"

namespace superfluid::elements::testing {

inline Sample ipv4(net::Ipv4Address from, net::Ipv4Address to, net::IpProtocol protocol,
                   base::ByteView payload) {
  std::vector<std::uint8_t> bytes(20 + payload.size());
  base::Writer writer(bytes);
  base::check(net::write_ipv4(writer, {.protocol = protocol, .source = from, .destination = to},
                              payload.size()),
              "the sample fits");
  writer.bytes(payload);
  return Sample(std::move(bytes));
}

inline Sample udp(net::Ipv4Address from, std::uint16_t from_port, net::Ipv4Address to,
                  std::uint16_t to_port) {
  constexpr std::string_view kText = "text";
  std::vector<std::uint8_t> datagram(8 + kText.size());
  base::Writer writer(datagram);
  base::check(net::write_udp(writer, {.source_port = from_port, .destination_port = to_port},
                             net::PseudoHeader(from, to), base::bytes_of(kText)),
              "the sample fits");
  return ipv4(from, to, net::IpProtocol::kUdp, datagram);
}

}  // namespace superfluid::elements::testing
