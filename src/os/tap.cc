// SPDX-License-Identifier: Apache-2.0
#include "os/tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/link.h"

namespace superfluid::os {
namespace {

// `name` is filled in when it is empty.
base::Result<UniqueFd> open_queue(std::string& name, const Tap::Options& options) {
  const bool is_ethernet = options.kind == Tap::Kind::kEthernet;
  SF_TRY(queue, open_file("/dev/net/tun", O_RDWR | O_NONBLOCK));
  ifreq request{};
  const std::string_view pattern = is_ethernet ? "tap%d" : "tun%d";
  const std::string_view wanted = name.empty() ? pattern : std::string_view(name);
  std::memcpy(request.ifr_name, wanted.data(), wanted.size());
  request.ifr_flags = static_cast<short>((is_ethernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI |
                                         (options.vnet_header ? IFF_VNET_HDR : 0) |
                                         (options.queues > 1 ? IFF_MULTI_QUEUE : 0));
  if (::ioctl(queue.get(), TUNSETIFF, &request) != 0) {
    base::Error error = errno_error(base::cat("create tap ", name), errno);
    if (error.code() == base::ErrorCode::kNotPermitted) {
      error = std::move(error).try_this("run it as root, or with CAP_NET_ADMIN");
    }
    return base::pass(std::move(error));
  }
  name.assign(request.ifr_name, ::strnlen(request.ifr_name, sizeof request.ifr_name));
  int header = Tap::kVnetHeaderBytes;
  if (options.vnet_header && ::ioctl(queue.get(), TUNSETVNETHDRSZ, &header) != 0) {
    return fail_errno(base::cat("set the header of tap ", name), errno);
  }
  return queue;
}

}  // namespace

base::Result<Tap> Tap::open(const std::string& name, Options options) {
  if (!name.empty()) {
    SF_CHECKED(check_link_name(name));
  }
  if (options.queues == 0 || options.queues > kQueuesMax) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("a tap has 1 to ", kQueuesMax, " queues"));
  }
  std::string actual = name;
  std::vector<UniqueFd> queues;
  while (queues.size() < options.queues) {
    SF_TRY(queue, open_queue(actual, options));
    queues.push_back(std::move(queue));
  }
  return Tap(std::move(actual), std::move(queues));
}

}  // namespace superfluid::os
