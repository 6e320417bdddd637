// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

constexpr std::string_view kWanted[] = {"cpu", "cpuset", "memory", "pids"};

struct Hierarchies {
  bool seen = true;                  // the table of mounts could be read
  std::string unseen;                // the list of controllers that could not be; else empty
  bool any = false;                  // a hierarchy of either version
  std::string unified;               // where cgroup2 is mounted; empty when it is not
  bool has_v1 = false;               // with a controller, not a name alone
  std::vector<std::string> missing;  // controllers that no hierarchy offers
  std::string misplaced;             // controllers that only version 1 offers
  std::string slow_to_attach;        // mounts without favordynmods
};

Hierarchies hierarchies(const Host& host) {
  Hierarchies found;
  std::string controllers;
  const auto table = mounts(host);
  if (!table) {
    found.seen = false;
    return found;
  }
  for (const Mount& mount : *table) {
    if (mount.type == "cgroup2") {
      found.unified = mount.point;
      const std::string path = mount.point + "/cgroup.controllers";
      const auto list = read_word(host, path);
      controllers = list.value_or("");
      found.unseen = list ? "" : path;
    }
    if (mount.type != "cgroup2" && mount.type != "cgroup") {
      continue;
    }
    found.any = true;
    if (!has_option(mount, "favordynmods")) {
      found.slow_to_attach += cat(found.slow_to_attach.empty() ? "" : " ", mount.point);
    }
  }
  for (const std::string_view controller : kWanted) {
    const bool in_v1 = std::ranges::any_of(*table, [&](const Mount& mount) {
      return mount.type == "cgroup" && has_option(mount, controller);
    });
    found.has_v1 = found.has_v1 || in_v1;
    if (in_v1) {
      found.misplaced += cat(found.misplaced.empty() ? "" : " ", controller);
    } else if (!contains_word(controllers, controller)) {
      found.missing.emplace_back(controller);
    }
  }
  return found;
}

Finding kinds(const Host& host, const Hierarchies& found) {
  if (!found.seen) {
    return unseen(host, "cgroups", kMountsPath);
  }
  if (found.unified.empty() && !found.has_v1) {
    return note("cgroups", "not mounted",
                "without cgroups nothing bounds the memory, processor time and processes of an "
                "instance",
                "mount -t cgroup2 none /sys/fs/cgroup");
  }
  const std::string kind = found.unified.empty() ? "version 1" : "hybrid of versions 1 and 2";
  if (found.has_v1) {
    return note("cgroups", kind,
                cat("version 1 holds ", found.misplaced,
                    ": limits work there, but an instance's "
                    "processes cannot be ended at once (cgroup.kill), and moving a thread takes a "
                    "lock of the whole host"),
                "boot with cgroup_no_v1=all, or with systemd.unified_cgroup_hierarchy=1");
  }
  if (!found.unseen.empty()) {
    return unseen(host, "cgroups", found.unseen);
  }
  if (!found.missing.empty()) {
    std::string list;
    for (const std::string& controller : found.missing) {
      list += cat(list.empty() ? "" : " ", controller);
    }
    return note("cgroups", cat("version 2 without ", list),
                cat("the controllers of ", found.unified, " do not include ", list,
                    ": the kernel lacks them, or the group above does not pass them on"),
                cat("enable them in cgroup.subtree_control of the group above, or ask for "
                    "delegation (systemd: Delegate=yes)"));
  }
  return ok("cgroups", "version 2 with cpu, cpuset, memory and pids");
}

// Between Linux 6.0 and 6.13, creating a VM also moves a thread through every hierarchy, behind a
// lock that favours its readers unless the hierarchy is mounted with favordynmods.
Finding attach(const Host& host, const Hierarchies& found) {
  const Finding well = ok("cgroup-attach", "does not slow down the creation of VMs");
  const auto version = version_of(read_word(host, kReleasePath).value_or(""));
  if (!version) {
    return unseen(host, "cgroup-attach", kReleasePath);
  }
  if (*version < KernelVersion(6, 0) || *version >= KernelVersion(6, 13)) {
    return well;
  }
  const std::string nx_path = "/sys/module/kvm/parameters/nx_huge_pages";
  const auto nx = read_word(host, nx_path);
  if (nx ? *nx == "never" : is_absent(host, nx_path)) {
    return well;
  }
  if (!nx || !found.seen) {
    return unseen(host, "cgroup-attach", nx ? kMountsPath : nx_path);
  }
  if (!found.any) {
    return note("cgroup-attach", "unknown",
                "no hierarchy of cgroups is mounted here, and how one is mounted decides it",
                "mount -t cgroup2 none /sys/fs/cgroup and ask again, or trust kvm-create above");
  }
  if (found.slow_to_attach.empty()) {
    return well;
  }
  return note("cgroup-attach", "slows down the creation of VMs",
              cat("kernels 6.0 to 6.12 move KVM's recovery thread between cgroups for each new VM, "
                  "which waits for all processors; this can take tens of milliseconds. Mounted "
                  "without favordynmods: ",
                  found.slow_to_attach),
              "mount -o remount,favordynmods on each of them, or where the processor is not "
              "affected by iTLB multihit boot with kvm.nx_huge_pages=never");
}

}  // namespace

Findings check_cgroups(const Host& host) {
  const Hierarchies found = hierarchies(host);
  return {kinds(host, found), attach(host, found)};
}

}  // namespace superfluid::doctor
