// SPDX-License-Identifier: Apache-2.0
// Neighbour solicitations and advertisements in Ethernet frames: read with all the checks of
// RFC 4861 (sections 7.1.1 and 7.1.2), without which anybody anywhere could redirect a link.

#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"
#include "net/address.h"
#include "net/ether.h"
#include "net/icmpv6.h"
#include "net/ipv6.h"

namespace superfluid::elements {

struct NeighborMessage {
  const net::EthernetHeader* ethernet;
  const net::Ipv6Header* ip;
  const net::Icmpv6Header* icmp;
  net::Ipv6Address target;
  std::optional<net::MacAddress> link;  // of the source of a solicitation, the target of an answer
};

// nullopt when the frame holds no valid message of that type, which is kNeighborSolicitation or
// kNeighborAdvertisement.
std::optional<NeighborMessage> read_neighbor(base::ByteView frame, net::Icmpv6Type type);

// The multicast group in which whoever has `address` listens (RFC 4291), and a group's Ethernet
// address (RFC 2464).
net::Ipv6Address solicited_node(const net::Ipv6Address& address);
net::MacAddress ethernet_group(const net::Ipv6Address& group);

inline constexpr std::size_t kNeighborFrameBytes =
    sizeof(net::EthernetHeader) + sizeof(net::Ipv6Header) + sizeof(net::Icmpv6Header) +
    sizeof(net::Ipv6Address) + 8;

// Whole frames that ask and answer.
struct NeighborAddresses {
  net::MacAddress from_link;
  net::MacAddress to_link;
  net::Ipv6Address from;
  net::Ipv6Address to;
};
using NeighborFrame = std::array<std::uint8_t, kNeighborFrameBytes>;
NeighborFrame neighbor_solicitation(const net::MacAddress& from_link, const net::Ipv6Address& from,
                                    const net::Ipv6Address& target);
NeighborFrame neighbor_advertisement(const NeighborAddresses& addresses,
                                     const net::NeighborAdvertisementFields& fields);

}  // namespace superfluid::elements
