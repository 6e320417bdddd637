// SPDX-License-Identifier: Apache-2.0
#include "net/arp.h"

namespace superfluid::net {
namespace {

constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint16_t kProtocolIpv4 = 0x0800;

}  // namespace

Parsed<const ArpHeader*> parse_arp(base::ByteView bytes) {
  const auto* header = base::Cursor(bytes).view<ArpHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  if (header->hardware_type.host() != kHardwareEthernet ||
      header->protocol_type.host() != kProtocolIpv4 ||
      header->hardware_length != sizeof(MacAddress) ||
      header->protocol_length != sizeof(Ipv4Address)) {
    return std::unexpected(Malformed::kBadValue);
  }
  return header;
}

bool write_arp(base::Writer& writer, const ArpFields& fields) {
  return writer.put(
      ArpHeader{base::be16(kHardwareEthernet), base::be16(kProtocolIpv4), sizeof(MacAddress),
                sizeof(Ipv4Address), base::be16(static_cast<std::uint16_t>(fields.operation)),
                fields.sender_mac, fields.sender_ip, fields.target_mac, fields.target_ip});
}

}  // namespace superfluid::net
