// SPDX-License-Identifier: Apache-2.0
#include "os/net_namespace.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "os/errno.h"
#include "os/files.h"

namespace superfluid::os {
namespace {

base::Status in_thread(const std::function<void()>& work) {
  try {
    std::thread(work).join();
    return {};
  } catch (const std::system_error& error) {
    return fail_errno("start a thread", error.code().value());
  }
}

}  // namespace

base::Result<NetNamespace> NetNamespace::create() {
  base::Result<NetNamespace> made = base::fail(base::ErrorCode::kFailed, "no thread ran");
  SF_CHECKED(in_thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) {
      made = fail_errno("create a network namespace", errno)
                 .try_this("run as root, or under: unshare --user --map-root-user");
      return;
    }
    made = current();
  }));
  return made;
}

base::Result<NetNamespace> NetNamespace::current() {
  SF_TRY(fd, open_file("/proc/thread-self/ns/net", O_RDONLY));
  return adopt(std::move(fd));
}

base::Result<NetNamespace> NetNamespace::adopt(UniqueFd fd) {
  struct stat found {};
  if (::ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET || ::fstat(fd.get(), &found) != 0) {
    return base::fail(base::ErrorCode::kInvalid, "the descriptor is not a network namespace");
  }
  return NetNamespace(std::move(fd), {.device = found.st_dev, .inode = found.st_ino});
}

base::Status NetNamespace::run_in_thread(const std::function<void()>& work) const {
  base::Status entered;
  SF_CHECKED(in_thread([&] {
    if (::setns(fd_.get(), CLONE_NEWNET) != 0) {
      entered = fail_errno("enter a network namespace", errno);
      return;
    }
    work();
  }));
  return entered;
}

}  // namespace superfluid::os
