// SPDX-License-Identifier: Apache-2.0
#include "elements/check_tcp_header.h"

#include "elements/ip_header.h"
#include "net/tcp.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

enum Reason : std::size_t { kNotIt, kBadLength, kBadChecksum, kSound };
constexpr std::string_view kReasons[] = {"not TCP", "bad packet length", "bad TCP checksum"};

Reason reason_to_refuse(const Packet& packet) {
  const net::Ipv4Header* const ip = ipv4_header(packet);
  if (ip == nullptr || ip->protocol != net::IpProtocol::kTcp) {
    return kNotIt;
  }
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr) {
    return kBadLength;
  }
  const auto tcp = net::parse_tcp(datagram.bytes());
  if (!tcp) {
    return kBadLength;
  }
  const net::PseudoHeader pseudo(ip->source, ip->destination);
  return net::verify_checksum(*tcp, pseudo) ? kSound : kBadChecksum;
}

}  // namespace

const graph::ElementClass CheckTCPHeader::kClass{"CheckTCPHeader", "1/1-2", "a/ah",
                                                 graph::make_element<CheckTCPHeader>};

CheckTCPHeader::CheckTCPHeader() : check_("TCP", kReasons) {}

Packet* CheckTCPHeader::act(Packet* packet) {
  const Reason reason = reason_to_refuse(*packet);
  if (reason == kSound) [[likely]] {
    return packet;
  }
  check_.count(*this, reason);
  reject(packet);
  return nullptr;
}

}  // namespace superfluid::elements
