// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

struct Kind {
  Namespace which;
  std::string_view name;
};
constexpr std::array<Kind, 4> kKinds{{{Namespace::kNet, "net"},
                                      {Namespace::kMount, "mount"},
                                      {Namespace::kPid, "pid"},
                                      {Namespace::kUser, "user"}}};

// What commonly forbids it, told with the setting that does.
std::string remedy_for(const Host& host, Errno error) {
  if (error == ENOSPC) {
    return "raise user.max_*_namespaces: sysctl -a | grep '^user.max_'";
  }
  if (read_number(host, "/proc/sys/kernel/unprivileged_userns_clone") == 0u) {
    return "sysctl kernel.unprivileged_userns_clone=1, or run as root";
  }
  if (read_number(host, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1u) {
    return "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run as root";
  }
  return error == EINVAL ? "boot a kernel built with namespaces"
                         : "run as root; inside a container, give it CAP_SYS_ADMIN or allow "
                           "unshare in its seccomp profile";
}

void append(std::string& list, std::string_view item) {
  list += cat(list.empty() ? "" : ", ", item);
}

}  // namespace

Findings check_namespaces(const Host& host) {
  std::string allowed;
  std::string only_with_user;
  std::string refused;
  Errno error = 0;
  for (const Kind& kind : kKinds) {
    const NamespaceTrial trial = host.try_namespace(kind.which);
    if (trial.alone == 0) {
      append(allowed, kind.name);
    } else if (trial.with_own_user == 0) {
      append(only_with_user, kind.name);
    } else if (kind.which != Namespace::kUser || !host.is_root()) {
      append(refused, cat(kind.name, " (", describe(trial.with_own_user), ")"));
      error = trial.with_own_user;
    }
  }
  if (const auto limit = own_limit(error)) {
    return {problem("namespaces", "not tried", limit->cause, limit->remedy)};
  }
  if (!refused.empty()) {
    return {problem("namespaces", cat("refused: ", refused),
                    "a process is isolated by namespaces of its own, and the kernel does not give "
                    "them",
                    remedy_for(host, error))};
  }
  if (!only_with_user.empty()) {
    return {note("namespaces", cat("inside a user namespace: ", only_with_user),
                 "without root, these come only together with a user namespace, where host devices "
                 "cannot be reached",
                 "run as root to attach instances to the host's interfaces")};
  }
  return {ok("namespaces", allowed)};
}

}  // namespace superfluid::doctor
