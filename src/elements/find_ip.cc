// SPDX-License-Identifier: Apache-2.0
#include "elements/find_ip.h"

#include "net/ipv4.h"
#include "net/ipv6.h"

namespace superfluid::elements {
namespace {

constexpr std::uint32_t kAddressBytes = 12;  // both MAC addresses; a VLAN tag follows them
constexpr std::uint32_t kTagBytes = 4;
constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;
constexpr std::uint16_t kTypeVlan = 0x8100;

std::uint16_t type_at(const graph::Packet& packet, std::uint32_t at) {
  return at + 2 <= packet.length
             ? static_cast<std::uint16_t>(packet.data[at] << 8 | packet.data[at + 1])
             : std::uint16_t{0};
}

}  // namespace

bool find_ip(graph::Packet& packet, LinkHeader link) {
  std::uint32_t at = 0;
  if (link == LinkHeader::kEthernet) {
    at = type_at(packet, kAddressBytes) == kTypeVlan ? kAddressBytes + kTagBytes : kAddressBytes;
    const std::uint16_t type = type_at(packet, at);
    at += 2;
    if (type != kTypeIpv4 && type != kTypeIpv6) {
      return false;
    }
  }
  if (at >= packet.length) {
    return false;
  }
  const unsigned version = packet.data[at] >> 4;
  const std::uint32_t header = version == 4   ? std::uint32_t{packet.data[at] & 0xfu} * 4
                               : version == 6 ? std::uint32_t{sizeof(net::Ipv6Header)}
                                              : 0;
  if (header < sizeof(net::Ipv4Header) || packet.length - at < header) {
    return false;
  }
  packet.network = packet.data + at;
  packet.transport = packet.network + header;
  return true;
}

}  // namespace superfluid::elements
