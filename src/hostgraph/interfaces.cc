// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/interfaces.h"

#include <algorithm>

#include "elements/ip_argument.h"
#include "os/net_namespace.h"
#include "os/netlink.h"

namespace superfluid::hostgraph {
namespace {

using Meanings = graph::Names::Meanings;

net::Ipv4Address ipv4_of(const os::IpAddress& address) {
  net::Ipv4Address made;
  std::ranges::copy(address.bytes(), made.bytes.begin());
  return made;
}

struct Known {
  std::vector<os::LinkInfo> links;
  std::vector<os::LinkAddress> addresses;
};

base::Result<os::NetlinkSocket> open_socket() {
  SF_TRY(here, os::NetNamespace::current());
  return os::NetlinkSocket::open(here);
}

base::Result<Known> ask_kernel() {
  SF_TRY(socket, open_socket());
  SF_TRY(links, socket.links());
  SF_TRY(addresses, socket.addresses());
  return Known{std::move(links), std::move(addresses)};
}

base::Result<std::optional<net::Ipv4Address>> ask_for_gateway(const std::string& interface) {
  SF_TRY(socket, open_socket());
  SF_TRY(link, socket.link(interface));
  SF_TRY(gateways, socket.default_gateways());
  for (const os::DefaultGateway& gateway : gateways) {
    if (gateway.link == link.index && !gateway.address.is_v6) {
      return ipv4_of(gateway.address);
    }
  }
  return std::nullopt;
}

void note(const os::LinkAddress& found, Meanings& meanings) {
  if (!found.address.address.is_v6) {
    if (!meanings.ip) {
      meanings.ip = ipv4_of(found.address.address);
      meanings.range = {*meanings.ip, elements::prefix_mask(found.address.length)};
    }
  } else if (!found.link_local && !meanings.ip6) {
    meanings.ip6 = net::Ipv6Address{found.address.address.octets};
    meanings.ip6_prefix = net::Ipv6Prefix::make(*meanings.ip6, found.address.length);
  }
}

}  // namespace

std::vector<std::pair<std::string, Meanings>> Interfaces::interfaces() {
  std::vector<std::pair<std::string, Meanings>> named;
  const auto known = ask_kernel();
  if (!known) {
    return named;
  }
  for (const os::LinkInfo& link : known->links) {
    Meanings meanings;
    if (link.address != os::HardwareAddress{}) {
      meanings.ether = net::MacAddress{link.address};
    }
    for (const os::LinkAddress& address : known->addresses) {
      if (address.link == link.index) {
        note(address, meanings);
      }
    }
    named.emplace_back(link.name, std::move(meanings));
  }
  return named;
}

std::optional<net::Ipv4Address> Interfaces::gateway(std::string_view interface) {
  return ask_for_gateway(std::string(interface)).value_or(std::nullopt);
}

}  // namespace superfluid::hostgraph
