// SPDX-License-Identifier: Apache-2.0
// Interfaces. Addresses, routes and neighbours are in netlink_addresses.cc.
#include "os/netlink.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/nl.h"

namespace superfluid::os {

using base::ErrorCode;

namespace nl {
namespace {

ErrorCode code_of(int nl_error) {
  switch (nl_error) {
    case NLE_PERM:
    case NLE_NOACCESS: return ErrorCode::kNotPermitted;
    case NLE_OBJ_NOTFOUND:
    case NLE_NODEV:
    case NLE_NOADDR: return ErrorCode::kNotFound;
    case NLE_EXIST:
    case NLE_BUSY: return ErrorCode::kConflict;
    case NLE_INVAL:
    case NLE_RANGE:
    case NLE_MISSING_ATTR:
    case NLE_MSGSIZE: return ErrorCode::kInvalid;
    case NLE_OPNOTSUPP:
    case NLE_AF_NOSUPPORT:
    case NLE_PROTO_MISMATCH: return ErrorCode::kUnsupported;
    case NLE_NOMEM: return ErrorCode::kExhausted;
    case NLE_AGAIN:
    case NLE_INTR:
    case NLE_DUMP_INTR: return ErrorCode::kTimedOut;
    default: return ErrorCode::kFailed;
  }
}

}  // namespace

base::Status answer(std::string_view what, int result) {
  if (result >= 0) {
    return {};
  }
  std::string why = nl_geterror(result);
  if (!why.empty() && why[0] >= 'A' && why[0] <= 'Z') {
    why[0] = static_cast<char>(why[0] | 0x20);
  }
  return base::fail(code_of(-result), base::cat(base::escape(what), ": ", why));
}

base::Result<Owned<rtnl_link>> find_link(nl_sock* socket, const std::string& name) {
  SF_CHECKED(check_link_name(name));
  rtnl_link* found = nullptr;
  const int result = rtnl_link_get_kernel(socket, 0, name.c_str(), &found);
  if (result == -NLE_NODEV || result == -NLE_OBJ_NOTFOUND) {
    return base::fail(ErrorCode::kNotFound, base::cat("no interface ", name));
  }
  SF_CHECKED(answer(base::cat("look for interface ", name), result));
  return Owned<rtnl_link>(found);
}

}  // namespace nl

namespace {

nl::Owned<rtnl_link> new_link() {
  nl::Owned<rtnl_link> link(rtnl_link_alloc());
  base::check(link != nullptr, "memory for a link");
  return link;
}

LinkInfo info_of(rtnl_link* link) {
  LinkInfo info{.index = static_cast<unsigned>(rtnl_link_get_ifindex(link)),
                .name = rtnl_link_get_name(link),
                .kind = rtnl_link_get_type(link) != nullptr ? rtnl_link_get_type(link) : "",
                .mtu = rtnl_link_get_mtu(link),
                .master = static_cast<unsigned>(rtnl_link_get_master(link)),
                .up = (rtnl_link_get_flags(link) & IFF_UP) != 0,
                .running = (rtnl_link_get_flags(link) & IFF_RUNNING) != 0,
                .packets_in = rtnl_link_get_stat(link, RTNL_LINK_RX_PACKETS),
                .packets_out = rtnl_link_get_stat(link, RTNL_LINK_TX_PACKETS),
                .drops_in = rtnl_link_get_stat(link, RTNL_LINK_RX_DROPPED),
                .drops_out = rtnl_link_get_stat(link, RTNL_LINK_TX_DROPPED)};
  nl_addr* address = rtnl_link_get_addr(link);
  if (address != nullptr && nl_addr_get_len(address) == info.address.size()) {
    std::memcpy(info.address.data(), nl_addr_get_binary_addr(address), info.address.size());
  }
  return info;
}

void describe_end(rtnl_link* link, const VethEnd& end) {
  rtnl_link_set_name(link, end.name.c_str());
  rtnl_link_set_mtu(link, end.mtu);
  if (end.address) {
    rtnl_link_set_addr(link, nl::to_nl(*end.address).get());
  }
}

// Sends what `change` sets on an empty link as a change of the link of this name.
template <typename F>
base::Status change_link(nl_sock* socket, const std::string& name, F&& change) {
  SF_TRY(link, nl::find_link(socket, name));
  const auto wanted = new_link();
  change(wanted.get());
  return nl::answer(base::cat("change interface ", name),
                    rtnl_link_change(socket, link.get(), wanted.get(), 0));
}

}  // namespace

void NetlinkSocket::Closer::operator()(nl_sock* socket) const { nl_socket_free(socket); }

base::Result<NetlinkSocket> NetlinkSocket::open(const NetNamespace& in) {
  return in.run([]() -> base::Result<NetlinkSocket> {
    std::unique_ptr<nl_sock, Closer> socket(nl_socket_alloc());
    if (socket == nullptr) {
      return base::fail(ErrorCode::kExhausted, "no memory for a netlink socket");
    }
    SF_CHECKED(nl::answer("open a netlink socket", nl_connect(socket.get(), NETLINK_ROUTE)));
    UniqueFd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!control) {
      return fail_errno("open a socket for interface settings", errno);
    }
    return NetlinkSocket(std::move(socket), std::move(control));
  });
}

base::Result<std::vector<LinkInfo>> NetlinkSocket::links() {
  nl_cache* raw = nullptr;
  SF_CHECKED(nl::answer("list interfaces", rtnl_link_alloc_cache(socket_.get(), AF_UNSPEC, &raw)));
  const nl::Owned<nl_cache> cache(raw);
  std::vector<LinkInfo> links;
  for (nl_object* next = nl_cache_get_first(raw); next != nullptr; next = nl_cache_get_next(next)) {
    links.push_back(info_of(reinterpret_cast<rtnl_link*>(next)));
  }
  std::sort(links.begin(), links.end(),
            [](const LinkInfo& a, const LinkInfo& b) { return a.index < b.index; });
  return links;
}

base::Result<LinkInfo> NetlinkSocket::link(const std::string& name) {
  SF_TRY(found, nl::find_link(socket_.get(), name));
  return info_of(found.get());
}

base::Status NetlinkSocket::create_veth(const VethEnd& here, const VethEnd& there,
                                        const NetNamespace& other) {
  SF_CHECKED(check_link_name(here.name));
  SF_CHECKED(check_link_name(there.name));
  const nl::Owned<rtnl_link> link(rtnl_link_veth_alloc());
  base::check(link != nullptr, "memory for a link");
  describe_end(link.get(), here);
  const nl::Owned<rtnl_link> peer(rtnl_link_veth_get_peer(link.get()));
  describe_end(peer.get(), there);
  rtnl_link_set_ns_fd(peer.get(), other.fd());
  return nl::answer(base::cat("create veth ", here.name, " to ", there.name),
                    rtnl_link_add(socket_.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL));
}

base::Status NetlinkSocket::create_bridge(const std::string& name) {
  SF_CHECKED(check_link_name(name));
  const nl::Owned<rtnl_link> link(rtnl_link_bridge_alloc());
  base::check(link != nullptr, "memory for a link");
  rtnl_link_set_name(link.get(), name.c_str());
  return nl::answer(base::cat("create bridge ", name),
                    rtnl_link_add(socket_.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL));
}

base::Status NetlinkSocket::delete_link(const std::string& name) {
  SF_TRY(link, nl::find_link(socket_.get(), name));
  return nl::answer(base::cat("delete interface ", name),
                    rtnl_link_delete(socket_.get(), link.get()));
}

base::Status NetlinkSocket::set_up(const std::string& name, bool up) {
  return change_link(socket_.get(), name, [&](rtnl_link* wanted) {
    up ? rtnl_link_set_flags(wanted, IFF_UP) : rtnl_link_unset_flags(wanted, IFF_UP);
  });
}

base::Status NetlinkSocket::set_mtu(const std::string& name, unsigned mtu) {
  return change_link(socket_.get(), name,
                     [&](rtnl_link* wanted) { rtnl_link_set_mtu(wanted, mtu); });
}

base::Status NetlinkSocket::set_hardware_address(const std::string& name,
                                                 const HardwareAddress& address) {
  return change_link(socket_.get(), name, [&](rtnl_link* wanted) {
    rtnl_link_set_addr(wanted, nl::to_nl(address).get());
  });
}

base::Status NetlinkSocket::set_master(const std::string& name, const std::string& bridge) {
  SF_TRY(link, nl::find_link(socket_.get(), name));
  SF_TRY(master, nl::find_link(socket_.get(), bridge));
  return nl::answer(base::cat("put interface ", name, " into bridge ", bridge),
                    rtnl_link_enslave(socket_.get(), master.get(), link.get()));
}

base::Status NetlinkSocket::move(const std::string& name, const NetNamespace& to) {
  return change_link(socket_.get(), name,
                     [&](rtnl_link* wanted) { rtnl_link_set_ns_fd(wanted, to.fd()); });
}

base::Status NetlinkSocket::disable_offloads(const std::string& name) {
  SF_CHECKED(check_link_name(name));
  // Transmit checksums last of the sums, since segmentation depends on them. What an interface does
  // not know at all it does not do either.
  constexpr std::array<std::uint32_t, 6> kCommands{ETHTOOL_STSO,    ETHTOOL_SGSO, ETHTOOL_SGRO,
                                                   ETHTOOL_SRXCSUM, ETHTOOL_SSG,  ETHTOOL_STXCSUM};
  for (const std::uint32_t command : kCommands) {
    ethtool_value off{.cmd = command, .data = 0};
    ifreq request{};
    std::memcpy(request.ifr_name, name.data(), name.size());
    request.ifr_data = reinterpret_cast<char*>(&off);
    if (::ioctl(control_.get(), SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP) {
      return fail_errno(base::cat("turn off offloads of ", name), errno);
    }
  }
  return {};
}

}  // namespace superfluid::os
