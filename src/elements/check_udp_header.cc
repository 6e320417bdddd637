// SPDX-License-Identifier: Apache-2.0
#include "elements/check_udp_header.h"

#include "elements/ip_header.h"
#include "net/udp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

enum Reason : std::size_t { kNotIt, kBadLength, kBadChecksum, kSound };
constexpr std::string_view kReasons[] = {"not UDP", "bad packet length", "bad UDP checksum"};

Reason reason_to_refuse(const Packet& packet) {
  const net::Ipv4Header* const ip = ipv4_header(packet);
  if (ip == nullptr || ip->protocol != net::IpProtocol::kUdp) {
    return kNotIt;
  }
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr) {
    return kBadLength;
  }
  const auto udp = net::parse_udp(datagram.bytes());
  if (!udp) {
    return kBadLength;
  }
  const net::PseudoHeader pseudo(ip->source, ip->destination);
  return net::verify_checksum(*udp, pseudo) ? kSound : kBadChecksum;
}

}  // namespace

const graph::ElementClass CheckUDPHeader::kClass{"CheckUDPHeader", "1/1-2", "a/ah",
                                                 graph::make_element<CheckUDPHeader>};

CheckUDPHeader::CheckUDPHeader() : check_("UDP", kReasons) {}

Packet* CheckUDPHeader::act(Packet* packet) {
  const Reason reason = reason_to_refuse(*packet);
  if (reason == kSound) [[likely]] {
    return packet;
  }
  check_.count(*this, reason);
  reject(packet);
  return nullptr;
}

}  // namespace superfluid::elements
