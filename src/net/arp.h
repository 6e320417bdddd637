// SPDX-License-Identifier: Apache-2.0
// ARP for IPv4 over Ethernet; other hardware and protocol types are refused as bad values.

#pragma once

#include "base/cursor.h"
#include "net/address.h"
#include "net/malformed.h"

namespace superfluid::net {

enum class ArpOperation : std::uint16_t { kRequest = 1, kReply = 2 };

struct ArpHeader {
  base::be16 hardware_type;
  base::be16 protocol_type;
  std::uint8_t hardware_length;
  std::uint8_t protocol_length;
  base::be16 operation_code;
  MacAddress sender_mac;
  Ipv4Address sender_ip;
  MacAddress target_mac;
  Ipv4Address target_ip;

  ArpOperation operation() const { return static_cast<ArpOperation>(operation_code.host()); }
};
static_assert(sizeof(ArpHeader) == 28 && alignof(ArpHeader) == 1);

Parsed<const ArpHeader*> parse_arp(base::ByteView bytes);

struct ArpFields {
  ArpOperation operation;
  MacAddress sender_mac;
  Ipv4Address sender_ip;
  MacAddress target_mac;
  Ipv4Address target_ip;
};

bool write_arp(base::Writer& writer, const ArpFields& fields);

}  // namespace superfluid::net
