// SPDX-License-Identifier: Apache-2.0
// NetlinkSocket: interfaces, addresses, routes and neighbours of one network namespace. libnl does
// the protocol; this says what we mean, in our types and errors.
//
// Invariants
//   1. A socket speaks for the namespace it was opened in, whatever the thread that uses it.
//   2. Every change is answered before the call returns: success means that the kernel did it.
//   3. A name reaches the kernel only after check_link_name().
//   4. "no such interface" is kNotFound, "exists" is kConflict, "may not" is kNotPermitted.
//
// Threads: one at a time. Time: the kernel answers at once.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/link.h"
#include "os/net_namespace.h"
#include "os/unique_fd.h"

struct nl_sock;

namespace superfluid::os {

struct LinkInfo {
  unsigned index = 0;
  std::string name;
  std::string kind;  // "veth", "bridge", "tun"; empty for loopback and most hardware
  HardwareAddress address{};
  unsigned mtu = 0;
  unsigned master = 0;   // index of the bridge it belongs to, or 0
  bool up = false;       // as asked for
  bool running = false;  // and the other end too
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t drops_in = 0;
  std::uint64_t drops_out = 0;
};

struct LinkAddress {
  unsigned link = 0;  // LinkInfo::index
  IpPrefix address;
  bool link_local = false;  // means nothing beyond the link
};

// Where packets for everybody else go.
struct DefaultGateway {
  unsigned link = 0;
  IpAddress address;
};

struct VethEnd {
  std::string name;
  std::optional<HardwareAddress> address = std::nullopt;  // else the kernel picks one
  unsigned mtu = 1500;
};

struct Route {
  IpPrefix destination;
  std::optional<IpAddress> gateway = std::nullopt;
  std::string link;
};

class NetlinkSocket {
 public:
  static base::Result<NetlinkSocket> open(const NetNamespace& in);

  base::Result<std::vector<LinkInfo>> links();
  base::Result<LinkInfo> link(const std::string& name);
  // In the kernel's order: of several, the first is the interface's own.
  base::Result<std::vector<LinkAddress>> addresses();
  // Those of the main table, the preferred one first.
  base::Result<std::vector<DefaultGateway>> default_gateways();

  // Both ends come into being where they belong, down: `here` in this namespace, `there` in the
  // other (which may be the same).
  base::Status create_veth(const VethEnd& here, const VethEnd& there, const NetNamespace& other);
  base::Status create_bridge(const std::string& name);
  base::Status delete_link(const std::string& name);

  base::Status set_up(const std::string& name, bool up = true);
  base::Status set_mtu(const std::string& name, unsigned mtu);
  base::Status set_hardware_address(const std::string& name, const HardwareAddress& address);
  base::Status set_master(const std::string& name, const std::string& bridge);
  // The interface goes down and loses its addresses, as the kernel has it.
  base::Status move(const std::string& name, const NetNamespace& to);

  // Checksums and segmentation are done before a packet leaves, not promised to hardware that a
  // veth does not have: without it, packets read from the far end carry partial checksums.
  base::Status disable_offloads(const std::string& name);

  // Usable at once: no duplicate address detection for IPv6.
  base::Status add_address(const std::string& name, const IpPrefix& address);
  base::Status add_route(const Route& route);
  base::Status delete_route(const Route& route);
  // Permanent; replaces what was known.
  base::Status add_neighbour(const std::string& name, const IpAddress& address,
                             const HardwareAddress& at);

  // All of the above as text for people: when a test fails, or `superfluid doctor` asks.
  base::Result<std::string> describe();

 private:
  struct Closer {
    void operator()(nl_sock* socket) const;
  };
  NetlinkSocket(std::unique_ptr<nl_sock, Closer> socket, UniqueFd control)
      : socket_(std::move(socket)), control_(std::move(control)) {}

  std::unique_ptr<nl_sock, Closer> socket_;
  UniqueFd control_;  // for what has only an ioctl
};

}  // namespace superfluid::os
