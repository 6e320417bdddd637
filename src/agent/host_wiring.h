// SPDX-License-Identifier: Apache-2.0
// HostWiring: the host's ends of ports, made of taps, veths and memory.
//
//   tap   attaches to the interface where there is one, else makes it and sets it up. The queue is
//         held by this process and by the monitor; an interface made here goes with the last.
//   veth  a pair: the far end in the namespace under the port's name, the near one here under a
//         name made of this node, the function and the port, with a packet socket on it.
//   ring  a window and two doorbells, shared by the two ports that name each other. Who comes first
//         makes it and is the client.
//
// Threads: the loop's.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/wiring.h"
#include "os/netlink.h"
#include "os/unique_fd.h"

namespace superfluid::agent {

class HostWiring final : public Wiring {
 public:
  // `node` is what tells this node from others of the same host: its socket's path.
  explicit HostWiring(std::string_view node);

  base::Result<Wired> connect(const PortPlace& place, const api::PortSpec& port) override;
  void disconnect(const PortPlace& place, const api::PortSpec& port) override;
  void sweep(const std::set<std::string>& ids) override;

  // "sf", 4 digits of the node, 8 of the function, 1 of the port: as long as a name may be.
  std::string near_name(std::string_view function_id, unsigned port) const;

 private:
  struct Ring;

  base::Result<Wired> connect_tap(const api::PortSpec& port);
  base::Result<Wired> connect_veth(const PortPlace& place, const api::PortSpec& port);
  base::Result<Wired> connect_ring(const PortPlace& place, const api::PortSpec& port);
  base::Result<os::NetlinkSocket*> netlink();

  std::string prefix_;
  std::optional<os::NetlinkSocket> netlink_;
  std::map<std::string, std::weak_ptr<Ring>> rings_;  // by the names of both ports
};

}  // namespace superfluid::agent
