// SPDX-License-Identifier: Apache-2.0
// TransportCheck: what CheckTCPHeader, CheckUDPHeader and CheckICMPHeader share: an IPv4 packet of
// their protocol, whole, whose transport header has a sound length and checksum, passes; others are
// refused, under one of three reasons.
//
//   class CheckTCPHeader final : public TransportCheck<CheckTCPHeader> {
//    public:
//     static constexpr net::IpProtocol kProtocol = net::IpProtocol::kTcp;
//     static constexpr std::string_view kWhat = "TCP";
//     static constexpr std::string_view kReasons[] = {"not TCP", ...};  // in the verdicts' order
//     static TransportVerdict judge(const net::Ipv4Header& ip, base::ByteView datagram);

#pragma once

#include <cstddef>
#include <string_view>

#include "elements/header_check.h"
#include "elements/ip_header.h"
#include "graph/element.h"

namespace superfluid::elements {

// Why not; the indices of Self::kReasons.
enum class TransportVerdict : std::size_t { kNotIt, kBadLength, kBadChecksum, kSound };

template <typename Self>
class TransportCheck : public graph::PerPacket<Self> {
 public:
  TransportCheck() : check_(Self::kWhat, Self::kReasons) {}

  void configure(graph::Arguments& arguments) override {
    check_.read_arguments(arguments).complete();
  }
  void add_handlers(graph::HandlerTable& handlers) override { check_.add_handlers(handlers); }

  graph::Packet* act(graph::Packet* packet) {
    const TransportVerdict verdict = verdict_on(*packet);
    if (verdict == TransportVerdict::kSound) [[likely]] {
      return packet;
    }
    check_.count(*this, static_cast<std::size_t>(verdict));
    this->reject(packet);
    return nullptr;
  }

 private:
  static TransportVerdict verdict_on(const graph::Packet& packet) {
    const net::Ipv4Header* const ip = ipv4_header(packet);
    if (ip == nullptr || ip->protocol != Self::kProtocol) {
      return TransportVerdict::kNotIt;
    }
    const Ipv4Datagram datagram = ipv4_datagram(packet);
    return datagram.header == nullptr ? TransportVerdict::kBadLength
                                      : Self::judge(*ip, datagram.bytes());
  }

  HeaderCheck check_;
};

}  // namespace superfluid::elements
