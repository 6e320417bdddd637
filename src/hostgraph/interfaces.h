// SPDX-License-Identifier: Apache-2.0
// Interfaces: the network interfaces of the namespace that the process is in, as names that a
// graph's arguments may use (`eth0`, `eth0:eth`, `eth0:gw`; graph/names.h).
//
// An interface means the first of its IPv4 addresses and that address's network, its Ethernet
// address unless that is all zeros, the first of its IPv6 addresses that counts beyond its link,
// and the gateway of the default route over it.
//
// What the kernel does not tell, nobody is named by: then arguments with such names are refused.
//
// Threads: any one at a time.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/names.h"

namespace superfluid::hostgraph {

class Interfaces final : public graph::InterfaceSource {
 public:
  std::vector<std::pair<std::string, graph::Names::Meanings>> interfaces() override;
  std::optional<net::Ipv4Address> gateway(std::string_view interface) override;
};

}  // namespace superfluid::hostgraph
