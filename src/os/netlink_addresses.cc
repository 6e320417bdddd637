// SPDX-License-Identifier: Apache-2.0
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/netlink.h"
#include "os/nl.h"

namespace superfluid::os {

namespace nl {

Owned<nl_addr> to_nl(const IpAddress& address) {
  const base::ByteView bytes = address.bytes();
  Owned<nl_addr> made(
      nl_addr_build(address.is_v6 ? AF_INET6 : AF_INET, bytes.data(), bytes.size()));
  base::check(made != nullptr, "memory for an address");
  return made;
}

Owned<nl_addr> to_nl(const IpPrefix& prefix) {
  Owned<nl_addr> made = to_nl(prefix.address);
  nl_addr_set_prefixlen(made.get(), static_cast<int>(prefix.length));
  return made;
}

Owned<nl_addr> to_nl(const HardwareAddress& address) {
  Owned<nl_addr> made(nl_addr_build(AF_LLC, address.data(), address.size()));
  base::check(made != nullptr, "memory for an address");
  return made;
}

}  // namespace nl

namespace {

std::optional<IpAddress> from_nl(const nl_addr& address) {
  IpAddress made{.is_v6 = nl_addr_get_family(&address) == AF_INET6};
  const base::ByteView room = made.bytes();
  if ((!made.is_v6 && nl_addr_get_family(&address) != AF_INET) ||
      nl_addr_get_len(&address) != room.size()) {
    return std::nullopt;
  }
  std::memcpy(made.octets.data(), nl_addr_get_binary_addr(&address), room.size());
  return made;
}

int family_of(const IpAddress& address) { return address.is_v6 ? AF_INET6 : AF_INET; }

base::Result<nl::Owned<rtnl_route>> to_nl(nl_sock* socket, const Route& route) {
  if (route.gateway && route.gateway->is_v6 != route.destination.address.is_v6) {
    return base::fail(base::ErrorCode::kInvalid, "a route and its gateway are of one IP version");
  }
  SF_TRY(link, nl::find_link(socket, route.link));
  nl::Owned<rtnl_route> made(rtnl_route_alloc());
  base::check(made != nullptr, "memory for a route");
  rtnl_route_set_family(made.get(),
                        static_cast<std::uint8_t>(family_of(route.destination.address)));
  rtnl_route_set_table(made.get(), RT_TABLE_MAIN);
  rtnl_route_set_protocol(made.get(), RTPROT_STATIC);
  rtnl_route_set_scope(made.get(), route.gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK);
  rtnl_route_set_dst(made.get(), nl::to_nl(route.destination).get());
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  base::check(hop != nullptr, "memory for a route");
  rtnl_route_nh_set_ifindex(hop, rtnl_link_get_ifindex(link.get()));
  if (route.gateway) {
    rtnl_route_nh_set_gateway(hop, nl::to_nl(*route.gateway).get());
  }
  rtnl_route_add_nexthop(made.get(), hop);  // which now owns it
  return made;
}

// A stream into memory, because libnl's dumps know streams.
class TextStream {
 public:
  TextStream() : stream_(::open_memstream(&text_, &size_)) {
    base::check(stream_ != nullptr, "memory for a text");
  }
  TextStream(const TextStream&) = delete;
  TextStream& operator=(const TextStream&) = delete;
  ~TextStream() {
    std::fclose(stream_);
    std::free(text_);  // rules: allow malloc: open_memstream() allocated it
  }
  FILE* get() const { return stream_; }
  std::string text() const {
    std::fflush(stream_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  FILE* stream_;
};

}  // namespace

base::Result<std::vector<LinkAddress>> NetlinkSocket::addresses() {
  nl_cache* raw = nullptr;
  SF_CHECKED(nl::answer("list addresses", rtnl_addr_alloc_cache(socket_.get(), &raw)));
  const nl::Owned<nl_cache> cache(raw);
  std::vector<LinkAddress> addresses;
  for (nl_object* next = nl_cache_get_first(raw); next != nullptr; next = nl_cache_get_next(next)) {
    auto* const each = reinterpret_cast<rtnl_addr*>(next);
    const nl_addr* const local = rtnl_addr_get_local(each);
    if (const auto address = local == nullptr ? std::nullopt : from_nl(*local)) {
      addresses.push_back(
          {.link = static_cast<unsigned>(rtnl_addr_get_ifindex(each)),
           .address = {*address, static_cast<unsigned>(rtnl_addr_get_prefixlen(each))},
           .link_local = rtnl_addr_get_scope(each) == RT_SCOPE_LINK});
    }
  }
  return addresses;
}

base::Result<std::vector<DefaultGateway>> NetlinkSocket::default_gateways() {
  nl_cache* raw = nullptr;
  SF_CHECKED(nl::answer("list routes", rtnl_route_alloc_cache(socket_.get(), AF_UNSPEC, 0, &raw)));
  const nl::Owned<nl_cache> cache(raw);
  using Found = std::pair<std::uint32_t, DefaultGateway>;
  std::vector<Found> found;  // in order of the route's metric
  for (nl_object* next = nl_cache_get_first(raw); next != nullptr; next = nl_cache_get_next(next)) {
    auto* const route = reinterpret_cast<rtnl_route*>(next);
    nl_addr* const destination = rtnl_route_get_dst(route);
    rtnl_nexthop* const hop = rtnl_route_nexthop_n(route, 0);
    const nl_addr* const gateway = hop == nullptr ? nullptr : rtnl_route_nh_get_gateway(hop);
    const auto address = gateway == nullptr ? std::nullopt : from_nl(*gateway);
    if (rtnl_route_get_table(route) == RT_TABLE_MAIN && address &&
        (destination == nullptr || nl_addr_get_prefixlen(destination) == 0)) {
      const std::uint32_t metric = rtnl_route_get_priority(route);
      const auto behind = std::ranges::upper_bound(found, metric, {}, &Found::first);
      found.emplace(
          behind, metric,
          DefaultGateway{static_cast<unsigned>(rtnl_route_nh_get_ifindex(hop)), *address});
    }
  }
  std::vector<DefaultGateway> gateways;
  for (const auto& [metric, gateway] : found) {
    gateways.push_back(gateway);
  }
  return gateways;
}

base::Status NetlinkSocket::add_address(const std::string& name, const IpPrefix& address) {
  SF_TRY(link, nl::find_link(socket_.get(), name));
  const nl::Owned<rtnl_addr> made(rtnl_addr_alloc());
  base::check(made != nullptr, "memory for an address");
  rtnl_addr_set_ifindex(made.get(), rtnl_link_get_ifindex(link.get()));
  SF_CHECKED(
      nl::answer("state an address", rtnl_addr_set_local(made.get(), nl::to_nl(address).get())));
  if (address.address.is_v6) {
    rtnl_addr_set_flags(made.get(), IFA_F_NODAD);
  }
  return nl::answer(base::cat("add an address to ", name),
                    rtnl_addr_add(socket_.get(), made.get(), NLM_F_EXCL));
}

base::Status NetlinkSocket::add_route(const Route& route) {
  SF_TRY(made, to_nl(socket_.get(), route));
  return nl::answer(base::cat("add a route over ", route.link),
                    rtnl_route_add(socket_.get(), made.get(), NLM_F_EXCL));
}

base::Status NetlinkSocket::delete_route(const Route& route) {
  SF_TRY(made, to_nl(socket_.get(), route));
  return nl::answer(base::cat("delete a route over ", route.link),
                    rtnl_route_delete(socket_.get(), made.get(), 0));
}

base::Status NetlinkSocket::add_neighbour(const std::string& name, const IpAddress& address,
                                          const HardwareAddress& at) {
  SF_TRY(link, nl::find_link(socket_.get(), name));
  const nl::Owned<rtnl_neigh> made(rtnl_neigh_alloc());
  base::check(made != nullptr, "memory for a neighbour");
  rtnl_neigh_set_ifindex(made.get(), rtnl_link_get_ifindex(link.get()));
  rtnl_neigh_set_family(made.get(), family_of(address));
  rtnl_neigh_set_dst(made.get(), nl::to_nl(address).get());
  rtnl_neigh_set_lladdr(made.get(), nl::to_nl(at).get());
  rtnl_neigh_set_state(made.get(), NUD_PERMANENT);
  return nl::answer(base::cat("add a neighbour on ", name),
                    rtnl_neigh_add(socket_.get(), made.get(), NLM_F_CREATE | NLM_F_REPLACE));
}

base::Result<std::string> NetlinkSocket::describe() {
  const TextStream stream;
  nl_dump_params how{};
  how.dp_fd = stream.get();
  SF_TRY(all, links());
  for (const LinkInfo& link : all) {
    std::fprintf(stream.get(), "link %u %s%s%s mtu %u %s%s in %llu out %llu drops %llu %llu\n",
                 link.index, link.name.c_str(), link.kind.empty() ? "" : " ", link.kind.c_str(),
                 link.mtu, link.up ? "up" : "down", link.running ? " running" : "",
                 static_cast<unsigned long long>(link.packets_in),
                 static_cast<unsigned long long>(link.packets_out),
                 static_cast<unsigned long long>(link.drops_in),
                 static_cast<unsigned long long>(link.drops_out));
  }
  const auto dump = [&](const char* title, int result, nl_cache* raw) -> base::Status {
    SF_CHECKED(nl::answer(base::cat("list ", title), result));
    const nl::Owned<nl_cache> cache(raw);
    std::fprintf(stream.get(), "%s\n", title);
    nl_cache_dump(raw, &how);
    return {};
  };
  nl_cache* raw = nullptr;
  int result = rtnl_addr_alloc_cache(socket_.get(), &raw);
  SF_CHECKED(dump("addresses", result, raw));
  result = rtnl_route_alloc_cache(socket_.get(), AF_UNSPEC, 0, &raw);
  SF_CHECKED(dump("routes", result, raw));
  result = rtnl_neigh_alloc_cache(socket_.get(), &raw);
  SF_CHECKED(dump("neighbours", result, raw));
  return stream.text();
}

}  // namespace superfluid::os
