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

base::Status check_queues(const Tap::Options& options) {
  if (options.queues == 0 || options.queues > Tap::kQueuesMax) {
    return base::fail(base::ErrorCode::kInvalid,
                      base::cat("a tap has 1 to ", Tap::kQueuesMax, " queues"));
  }
  return {};
}

base::Failure fail_not_there(const std::string& name) {
  return base::fail(base::ErrorCode::kNotFound, base::cat("no persistent tap ", name))
      .try_this(base::cat("ip tuntap add dev ", name, " mode tap"));
}

// A queue of one that outlives its queues. One that was not there appeared with this queue, and
// goes with it.
base::Result<UniqueFd> attach_queue(std::string& name, const Tap::Options& options) {
  SF_TRY(queue, open_queue(name, options));
  ifreq request{};
  if (::ioctl(queue.get(), TUNGETIFF, &request) != 0) {
    return fail_errno(base::cat("ask about tap ", name), errno);
  }
  if ((request.ifr_flags & IFF_PERSIST) == 0) {
    return fail_not_there(name);
  }
  return queue;
}

base::Status set_persistent(int queue, const std::string& name, bool on) {
  if (::ioctl(queue, TUNSETPERSIST, on ? 1 : 0) != 0) {
    return fail_errno(base::cat(on ? "keep tap " : "remove tap ", name), errno);
  }
  return {};
}

// Options that fit: two queues ask for a tap of many, one for a tap of one.
Tap::Options options_of(const Tap::Persistence& persistence) {
  return {.kind = persistence.kind, .queues = persistence.many_queues ? 2u : 1u};
}

}  // namespace

base::Result<Tap> Tap::open(const std::string& name, Options options) {
  if (!name.empty()) {
    SF_CHECKED(check_link_name(name));
  }
  SF_CHECKED(check_queues(options));
  std::string actual = name;
  std::vector<UniqueFd> queues;
  while (queues.size() < options.queues) {
    SF_TRY(queue, open_queue(actual, options));
    queues.push_back(std::move(queue));
  }
  return Tap(std::move(actual), std::move(queues));
}

base::Result<Tap> Tap::attach(const std::string& name, Options options) {
  SF_CHECKED(check_link_name(name));
  SF_CHECKED(check_queues(options));
  if (::if_nametoindex(name.c_str()) == 0) {
    return fail_not_there(name);
  }
  std::string actual = name;
  std::vector<UniqueFd> queues;
  while (queues.size() < options.queues) {
    SF_TRY(queue, attach_queue(actual, options));
    queues.push_back(std::move(queue));
  }
  return Tap(std::move(actual), std::move(queues));
}

base::Status Tap::make_persistent(const std::string& name, const Persistence& persistence) {
  SF_CHECKED(check_link_name(name));
  if (::if_nametoindex(name.c_str()) != 0) {
    return base::fail(base::ErrorCode::kConflict, base::cat("there is an interface ", name));
  }
  std::string actual = name;
  SF_TRY(queue, open_queue(actual, options_of(persistence)));
  if (persistence.owner &&
      ::ioctl(queue.get(), TUNSETOWNER, static_cast<unsigned long>(*persistence.owner)) != 0) {
    return fail_errno(base::cat("give tap ", name, " to its owner"), errno);
  }
  return set_persistent(queue.get(), name, true);
}

base::Status Tap::remove_persistent(const std::string& name, const Persistence& persistence) {
  SF_CHECKED(check_link_name(name));
  if (::if_nametoindex(name.c_str()) == 0) {
    return fail_not_there(name);
  }
  std::string actual = name;
  SF_TRY(queue, attach_queue(actual, options_of(persistence)));
  return set_persistent(queue.get(), name, false);
}

}  // namespace superfluid::os
