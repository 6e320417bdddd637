// SPDX-License-Identifier: Apache-2.0
#include "elements/check_ip6_header.h"

#include "elements/ip6_header.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

enum Reason : std::size_t { kTiny, kBadVersion, kBadLength, kBadSource };
constexpr std::string_view kReasons[] = {"tiny packet", "bad IP version", "bad IP length",
                                         "bad source address"};

}  // namespace

const graph::ElementClass CheckIP6Header::kClass{"CheckIP6Header", "1/1-2", "a/ah",
                                                 graph::make_element<CheckIP6Header>};

CheckIP6Header::CheckIP6Header() : check_("IP6", kReasons) {}

void CheckIP6Header::configure(graph::Arguments& arguments) {
  check_.read_arguments(arguments)
      .positional("BADADDRS", bad_sources_)
      .positional("OFFSET", offset_)
      .complete();
}

Packet* CheckIP6Header::refuse(Packet* packet, std::size_t reason) {
  check_.count(*this, reason);
  reject(packet);
  return nullptr;
}

Packet* CheckIP6Header::act(Packet* packet) {
  if (packet->length < offset_ || packet->length - offset_ < sizeof(net::Ipv6Header)) [[unlikely]] {
    return refuse(packet, kTiny);
  }
  std::uint8_t* const network = packet->data + offset_;
  const auto* header = header_at<net::Ipv6Header>(*packet, network);
  if (header->version() != 6) [[unlikely]] {
    return refuse(packet, kBadVersion);
  }
  const std::uint32_t at_hand = packet->length - offset_;
  const std::uint32_t total =
      std::uint32_t{sizeof(net::Ipv6Header)} + header->payload_length.host();
  if (total > at_hand) [[unlikely]] {
    return refuse(packet, kBadLength);
  }
  if (header->source.is_multicast() || bad_sources_.contains(header->source)) [[unlikely]] {
    return refuse(packet, kBadSource);
  }
  packet->network = network;
  packet->transport = network + sizeof(net::Ipv6Header);
  packet->take(at_hand - total);
  return packet;
}

}  // namespace superfluid::elements
