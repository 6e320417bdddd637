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

base::Result<UniqueFd> open_queue(const std::string& name, const Tap::Options& options) {
  SF_TRY(queue, open_file("/dev/net/tun", O_RDWR | O_NONBLOCK));
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags =
      static_cast<short>(IFF_TAP | IFF_NO_PI | (options.vnet_header ? IFF_VNET_HDR : 0) |
                         (options.queues > 1 ? IFF_MULTI_QUEUE : 0));
  if (::ioctl(queue.get(), TUNSETIFF, &request) != 0) {
    return fail_errno(base::cat("create tap ", name), errno);
  }
  int header = Tap::kVnetHeaderBytes;
  if (options.vnet_header && ::ioctl(queue.get(), TUNSETVNETHDRSZ, &header) != 0) {
    return fail_errno(base::cat("set the header of tap ", name), errno);
  }
  return queue;
}

}  // namespace

base::Result<Tap> Tap::open(const std::string& name, Options options) {
  SF_CHECKED(check_link_name(name));
  if (options.queues == 0 || options.queues > kQueuesMax) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("a tap has 1 to ", kQueuesMax, " queues"));
  }
  std::vector<UniqueFd> queues;
  while (queues.size() < options.queues) {
    SF_TRY(queue, open_queue(name, options));
    queues.push_back(std::move(queue));
  }
  return Tap(name, std::move(queues));
}

}  // namespace superfluid::os
