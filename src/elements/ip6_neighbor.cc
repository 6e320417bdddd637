// SPDX-License-Identifier: Apache-2.0
#include "elements/ip6_neighbor.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::elements {

using net::Icmpv6Type;

namespace {

constexpr std::uint8_t kHopLimit = 255;  // a router in between would have made it less

// Everything in front of a neighbour discovery message of `length` bytes.
void write_headers(base::Writer& writer, const NeighborAddresses& addresses) {
  constexpr std::size_t kMessageBytes =
      kNeighborFrameBytes - sizeof(net::EthernetHeader) - sizeof(net::Ipv6Header);
  net::write_ethernet(writer, {.destination = addresses.to_link,
                               .source = addresses.from_link,
                               .ethertype = net::EtherType::kIpv6});
  net::write_ipv6(writer,
                  {.next_header = net::IpProtocol::kIcmpv6,
                   .hop_limit = kHopLimit,
                   .source = addresses.from,
                   .destination = addresses.to},
                  kMessageBytes);
}

// What RFC 4861 asks beyond the form: of a solicitation from nobody yet, and of an answer to all.
bool addresses_fit(const NeighborMessage& message) {
  if (message.icmp->type == Icmpv6Type::kNeighborAdvertisement) {
    return !message.ip->destination.is_multicast() || !message.icmp->is_solicited();
  }
  return !message.ip->source.is_unspecified() ||
         (message.ip->destination == solicited_node(message.target) && !message.link);
}

}  // namespace

std::optional<NeighborMessage> read_neighbor(base::ByteView frame, Icmpv6Type type) {
  const auto ethernet = net::parse_ethernet(frame);
  if (!ethernet || ethernet->header->ethertype() != net::EtherType::kIpv6) {
    return std::nullopt;
  }
  const auto ip = net::parse_ipv6(ethernet->payload);
  const auto upper = ip ? net::skip_extensions(*ip) : std::unexpected(ip.error());
  if (!upper || upper->protocol != net::IpProtocol::kIcmpv6 ||
      upper->fragment_place != net::FragmentPlace::kWhole || ip->header->hop_limit != kHopLimit) {
    return std::nullopt;
  }
  const auto icmp = net::parse_icmpv6(upper->payload);
  const net::PseudoHeader pseudo(ip->header->source, ip->header->destination);
  if (!icmp || icmp->header->type != type || icmp->header->code != 0 ||
      !net::verify_checksum(*icmp, pseudo)) {
    return std::nullopt;
  }
  const auto neighbor = net::parse_neighbor(*icmp);
  if (!neighbor || neighbor->target->is_multicast()) {
    return std::nullopt;
  }
  NeighborMessage message{ethernet->header, ip->header, icmp->header, *neighbor->target, {}};
  const auto wanted = type == Icmpv6Type::kNeighborSolicitation
                          ? net::NdOptionType::kSourceLinkAddress
                          : net::NdOptionType::kTargetLinkAddress;
  net::NdOptionReader options(neighbor->options);
  while (const auto option = options.next()) {
    if (option->type == wanted) {
      message.link = option->mac();
    }
  }
  return options.problem() || !addresses_fit(message) ? std::nullopt : std::optional(message);
}

net::Ipv6Address solicited_node(const net::Ipv6Address& address) {
  net::Ipv6Address group{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0}};
  std::copy_n(address.bytes.end() - 3, 3, group.bytes.end() - 3);
  return group;
}

net::MacAddress ethernet_group(const net::Ipv6Address& group) {
  net::MacAddress address{{0x33, 0x33, 0, 0, 0, 0}};
  std::copy_n(group.bytes.end() - 4, 4, address.bytes.end() - 4);
  return address;
}

NeighborFrame neighbor_solicitation(const net::MacAddress& from_link, const net::Ipv6Address& from,
                                    const net::Ipv6Address& target) {
  NeighborFrame frame;
  base::Writer writer(frame);
  const net::Ipv6Address group = solicited_node(target);
  write_headers(writer, {from_link, ethernet_group(group), from, group});
  net::write_neighbor_solicitation(writer, net::PseudoHeader(from, group), target, from_link);
  base::check(writer.ok() && writer.remaining() == 0, "a solicitation fills its frame");
  return frame;
}

NeighborFrame neighbor_advertisement(const NeighborAddresses& addresses,
                                     const net::NeighborAdvertisementFields& fields) {
  NeighborFrame frame;
  base::Writer writer(frame);
  write_headers(writer, addresses);
  net::write_neighbor_advertisement(writer, net::PseudoHeader(addresses.from, addresses.to),
                                    fields);
  base::check(writer.ok() && writer.remaining() == 0, "an advertisement fills its frame");
  return frame;
}

}  // namespace superfluid::elements
