// SPDX-License-Identifier: Apache-2.0
#include "agent/host_wiring.h"

#include <fcntl.h>

#include "abi/ring.h"
#include "base/text.h"
#include "os/event_fd.h"
#include "os/files.h"
#include "os/memfd.h"
#include "os/packet_socket.h"
#include "os/tap.h"

namespace superfluid::agent {

using base::cat;
using base::ErrorCode;

struct HostWiring::Ring {
  os::UniqueFd window;
  os::UniqueFd wakes[2];  // of the client, of the server
  bool taken[2] = {};
};

namespace {

// One side of a ring, free again when its function lets it go.
template <typename R>
struct Seat {
  std::shared_ptr<R> ring;
  std::size_t side;
  Seat(std::shared_ptr<R> of, std::size_t at) : ring(std::move(of)), side(at) {
    ring->taken[side] = true;
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() { ring->taken[side] = false; }
};

base::Result<os::NetNamespace> namespace_of(const std::string& to) {
  const bool is_pid = base::parse_u64(to).has_value();
  const std::string path = is_pid ? cat("/proc/", to, "/ns/net") : cat("/run/netns/", to);
  auto fd = os::open_file(path, O_RDONLY);
  if (!fd) {
    return base::fail(fd.error().code(), cat("there is no network namespace ", base::escape(to)))
        .caused_by(std::move(fd).error())
        .try_this(is_pid ? "the number of a process that runs"
                         : cat("ip netns add ", base::escape(to)));
  }
  return os::NetNamespace::adopt(std::move(*fd));
}

}  // namespace

HostWiring::HostWiring(std::string_view node) : prefix_(cat("sf", mark_of(node))) {}

std::string HostWiring::near_name(std::string_view function_id, unsigned port) const {
  return cat(prefix_, function_id.substr(0, 8), port);
}

base::Result<os::NetlinkSocket*> HostWiring::netlink() {
  if (!netlink_) {
    SF_TRY(here, os::NetNamespace::current());
    SF_TRY(opened, os::NetlinkSocket::open(here));
    netlink_.emplace(std::move(opened));
  }
  return &*netlink_;
}

base::Result<Wired> HostWiring::connect(const PortPlace& place, const api::PortSpec& port) {
  switch (port.kind) {
    case api::PortKind::kNone: return Wired{};
    case api::PortKind::kTap: return connect_tap(port);
    case api::PortKind::kVeth: return connect_veth(place, port);
    case api::PortKind::kRing: return connect_ring(place, port);
  }
  return Wired{};
}

base::Result<Wired> HostWiring::connect_tap(const api::PortSpec& port) {
  auto tap = os::Tap::open(port.to, {});
  if (!tap) {
    const bool held = tap.error().code() == ErrorCode::kConflict;
    return base::fail(tap.error().code(), cat("tap ", port.to, " cannot be used"))
        .caused_by(std::move(tap).error())
        .try_this(held ? "another function or program holds it: another --tap"
                       : "run the node as root: sudo superfluid up");
  }
  SF_TRY(links, netlink());
  SF_CHECKED(links->set_up(port.to));
  auto holds = std::make_shared<os::Tap>(std::move(*tap));
  Wired wired{.link = {.kind = vmm::PortLink::Kind::kTap, .fd = holds->queue(0)},
              .role = abi::PortRole::kClient};
  wired.holds = std::move(holds);
  return wired;
}

base::Result<Wired> HostWiring::connect_veth(const PortPlace& place, const api::PortSpec& port) {
  SF_TRY(other, namespace_of(port.to));
  SF_TRY(links, netlink());
  const std::string near = near_name(place.function_id, place.index);
  SF_CHECKED(links->create_veth({.name = near, .mtu = port.mtu},
                                {.name = port.name, .mtu = port.mtu}, other));
  const auto connect = [&]() -> base::Result<Wired> {
    SF_TRY(socket, os::PacketSocket::open(near));
    SF_CHECKED(links->set_up(near));
    SF_TRY(there, os::NetlinkSocket::open(other));
    // Else what the namespace sends has checksums that only its network card would finish.
    SF_CHECKED(there.disable_offloads(port.name));
    SF_CHECKED(there.set_up(port.name));
    auto holds = std::make_shared<os::PacketSocket>(std::move(socket));
    Wired wired{.link = {.kind = vmm::PortLink::Kind::kPacket, .fd = holds->fd()},
                .role = abi::PortRole::kClient};
    wired.holds = std::move(holds);
    return wired;
  };
  auto wired = connect();
  if (!wired) {
    disconnect(place, port);
  }
  return wired;
}

base::Result<Wired> HostWiring::connect_ring(const PortPlace& place, const api::PortSpec& port) {
  const std::string ours = cat(place.function_name, ":", port.name);
  if (ours == port.to) {
    return base::fail(ErrorCode::kInvalid, "a port cannot be joined to itself");
  }
  const std::string key = ours < port.to ? cat(ours, " ", port.to) : cat(port.to, " ", ours);
  std::shared_ptr<Ring> ring = rings_[key].lock();
  if (ring == nullptr) {
    ring = std::make_shared<Ring>();
    SF_TRY(window, os::create_memfd("ring", base::bytes(abi::window_bytes(kSlotsOfRings))));
    SF_CHECKED(os::seal(window, os::Seals::kSize));
    ring->window = std::move(window);
    for (os::UniqueFd& wake : ring->wakes) {
      SF_TRY(made, os::EventFd::create());
      wake = std::move(made).release();
    }
    rings_[key] = ring;
    std::erase_if(rings_, [](const auto& each) { return each.second.expired(); });
  }
  const std::size_t side = ring->taken[0] ? 1 : 0;
  if (ring->taken[side]) {
    return base::fail(ErrorCode::kConflict, cat("both ends of ", key, " are taken"));
  }
  Wired wired{.link = {.kind = vmm::PortLink::Kind::kRing,
                       .fd = ring->window.get(),
                       .wake = ring->wakes[side].get(),
                       .doorbell = ring->wakes[1 - side].get()},
              .role = side == 0 ? abi::PortRole::kClient : abi::PortRole::kServer};
  wired.holds = std::make_shared<Seat<Ring>>(std::move(ring), side);
  return wired;
}

void HostWiring::disconnect(const PortPlace& place, const api::PortSpec& port) {
  if (port.kind != api::PortKind::kVeth) {
    return;
  }
  if (auto links = netlink()) {
    // What is not there needs no removing; the far end goes with this one.
    static_cast<void>((*links)->delete_link(near_name(place.function_id, place.index)));
  }
}

void HostWiring::sweep(const std::set<std::string>& ids) {
  auto links = netlink();
  auto all = links ? (*links)->links() : base::Result<std::vector<os::LinkInfo>>();
  if (!links || !all) {
    return;  // without the right to look there is nothing that was made
  }
  std::set<std::string> kept;
  for (const std::string& id : ids) {
    kept.insert(id.substr(0, 8));
  }
  for (const os::LinkInfo& link : *all) {
    if (link.kind == "veth" && link.name.size() == 15 && link.name.starts_with(prefix_) &&
        !kept.contains(link.name.substr(prefix_.size(), 8))) {
      static_cast<void>((*links)->delete_link(link.name));
    }
  }
}

}  // namespace superfluid::agent
