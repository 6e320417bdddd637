// SPDX-License-Identifier: Apache-2.0
#include "os/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "os/errno.h"

namespace superfluid::os {
namespace {

__rlimit_resource resource_of(Limit limit) {
  switch (limit) {
    case Limit::kCore: return RLIMIT_CORE;
    case Limit::kDescriptors: return RLIMIT_NOFILE;
    case Limit::kAddressSpace: return RLIMIT_AS;
    case Limit::kProcesses: return RLIMIT_NPROC;
  }
  return RLIMIT_CORE;
}

}  // namespace

base::Status leave_namespaces() {
  if (::unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    return fail_errno("leave the host's namespaces", errno);
  }
  return {};
}

base::Result<UniqueFd> make_empty_root() {
  const UniqueFd filesystem(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!filesystem || ::fsconfig(filesystem.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return fail_errno("make an empty filesystem", errno);
  }
  UniqueFd root(
      ::fsmount(filesystem.get(), FSMOUNT_CLOEXEC,
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  if (!root) {
    return fail_errno("mount an empty filesystem", errno);
  }
  return root;
}

base::Status enter_root(const UniqueFd& directory) {
  if (::fchdir(directory.get()) != 0 || ::chroot(".") != 0) {
    return fail_errno("enter an empty root", errno);
  }
  return {};
}

base::Status become_user(uid_t user) {
  const auto group = static_cast<gid_t>(user);
  if (::setgroups(0, nullptr) != 0 || ::setresgid(group, group, group) != 0 ||
      ::setresuid(user, user, user) != 0) {
    return fail_errno(base::cat("become user ", user), errno);
  }
  return {};
}

base::Status drop_capabilities() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail_errno("refuse new privileges", errno);
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) {
    return fail_errno("drop capabilities", errno);
  }
  return {};
}

base::Status lower_limit(Limit limit, std::uint64_t value) {
  rlimit now{};
  if (::getrlimit(resource_of(limit), &now) != 0) {
    return fail_errno("read a limit", errno);
  }
  const rlim_t lower = std::min<rlim_t>(value, now.rlim_max);
  const rlimit wanted{.rlim_cur = lower, .rlim_max = lower};
  if (::setrlimit(resource_of(limit), &wanted) != 0) {
    return fail_errno("lower a limit", errno);
  }
  return {};
}

base::Result<std::uint64_t> raise_descriptor_limit(std::uint64_t wanted) {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) {
    return fail_errno("read the limit of descriptors", errno);
  }
  const rlimit both{.rlim_cur = wanted, .rlim_max = std::max<rlim_t>(wanted, now.rlim_max)};
  if (now.rlim_cur >= wanted || ::setrlimit(RLIMIT_NOFILE, &both) == 0) {
    return std::max<std::uint64_t>(wanted, now.rlim_cur);
  }
  const rlimit soft{.rlim_cur = std::min<rlim_t>(wanted, now.rlim_max), .rlim_max = now.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &soft) != 0) {
    return fail_errno("raise the limit of descriptors", errno);
  }
  return std::uint64_t{soft.rlim_cur};
}

base::Status install_filter(base::ByteView program) {
  if (program.empty() || program.size() % sizeof(sock_filter) != 0 ||
      program.size() / sizeof(sock_filter) > BPF_MAXINSNS) {
    return base::fail(base::ErrorCode::kInvalid, "a filter is whole instructions, at most 4096");
  }
  std::vector<sock_filter> instructions(program.size() / sizeof(sock_filter));
  std::memcpy(instructions.data(), program.data(), program.size());
  const sock_fprog filter{.len = static_cast<unsigned short>(instructions.size()),
                          .filter = instructions.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) {
    return fail_errno("install a filter of system calls", errno);
  }
  return {};
}

base::Status signal_on_arrival(int socket, int signal) {
  const f_owner_ex owner{.type = F_OWNER_TID, .pid = static_cast<pid_t>(::syscall(SYS_gettid))};
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETOWN_EX, &owner) != 0 ||
      ::fcntl(socket, F_SETSIG, signal) != 0 || ::fcntl(socket, F_SETFL, flags | O_ASYNC) != 0) {
    return fail_errno("ask for a signal when a message arrives", errno);
  }
  return {};
}

}  // namespace superfluid::os
