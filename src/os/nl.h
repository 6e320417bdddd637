// SPDX-License-Identifier: Apache-2.0
// What the sources of NetlinkSocket share: libnl's objects with owners, and its errors as ours.
// For src/os/netlink*.cc alone.

#pragma once

#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/link.h"

namespace superfluid::os::nl {

struct Put {
  void operator()(rtnl_link* link) const { rtnl_link_put(link); }
  void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
  void operator()(rtnl_route* route) const { rtnl_route_put(route); }
  void operator()(rtnl_neigh* neighbour) const { rtnl_neigh_put(neighbour); }
  void operator()(nl_addr* address) const { nl_addr_put(address); }
  void operator()(nl_cache* cache) const { nl_cache_free(cache); }
};
template <typename T>
using Owned = std::unique_ptr<T, Put>;

// `result` is what libnl returned: negative is an error.
base::Status answer(std::string_view what, int result);

// The link as the kernel has it now.
base::Result<Owned<rtnl_link>> find_link(nl_sock* socket, const std::string& name);

Owned<nl_addr> to_nl(const IpAddress& address);
Owned<nl_addr> to_nl(const IpPrefix& prefix);
Owned<nl_addr> to_nl(const HardwareAddress& address);

}  // namespace superfluid::os::nl
