// SPDX-License-Identifier: Apache-2.0
// KVM: whether a microVM runs, what its exits cost, and the settings of a host that are known to
// make creating one slow.

#include <cerrno>

#include "base/text.h"
#include "superfluid/doctor/checks.h"
#include "superfluid/doctor/reading.h"

namespace superfluid::doctor {

using base::cat;

namespace {

// Hardware leaves and enters a guest in one or two microseconds; ten mean that something stands in
// between.
constexpr std::uint64_t kSlowExitNs = 10'000;
// A VM is created in well under a millisecond where no trap below is set.
constexpr std::uint64_t kSlowCreateNs = 5'000'000;

std::string microseconds(std::uint64_t ns) {
  const std::uint64_t tenths = (ns + 50) / 100;
  return tenths < 100 ? cat(tenths / 10, '.', tenths % 10, " us") : cat((ns + 500) / 1000, " us");
}

std::string_view doing(KvmTrial::Step step) {
  switch (step) {
    case KvmTrial::Step::kStart: return "starting a process to try it";
    case KvmTrial::Step::kOpen: return "opening /dev/kvm";
    case KvmTrial::Step::kVersion: return "asking for the API version";
    case KvmTrial::Step::kCreateVm: return "creating a VM (KVM_CREATE_VM)";
    case KvmTrial::Step::kMemory: return "giving it memory (KVM_SET_USER_MEMORY_REGION)";
    case KvmTrial::Step::kCreateVcpu: return "creating a processor (KVM_CREATE_VCPU)";
    case KvmTrial::Step::kState: return "setting the processor's state (KVM_SET_SREGS)";
    case KvmTrial::Step::kRun: return "running the guest (KVM_RUN)";
    case KvmTrial::Step::kDone: return "";
  }
  return "";
}

// What would really let this user in, which the device's group and mode decide.
Finding not_permitted(const Host& host, Errno error) {
  constexpr unsigned kGroupMayUse = 060;
  constexpr unsigned kAllMayUse = 06;
  const auto may = host.permissions("/dev/kvm");
  std::string cause = cat("/dev/kvm: ", describe(error));
  if (may) {
    const char digits[] = {static_cast<char>('0' + (may->mode >> 6)),
                           static_cast<char>('0' + (may->mode >> 3) % 8),
                           static_cast<char>('0' + may->mode % 8)};
    cause += cat("; it belongs to the group ", may->group, " with mode 0",
                 std::string_view(digits, sizeof digits));
  }
  if (host.is_root() || (may && (may->mode & kAllMayUse) == kAllMayUse)) {
    return problem("kvm", "not permitted", std::move(cause),
                   "inside a container, pass the device in and allow it in the device cgroup; "
                   "otherwise look for a security module that forbids it");
  }
  const bool group_may = may && (may->mode & kGroupMayUse) == kGroupMayUse;
  if (group_may && may->group != "root" && may->group_has_name) {
    return problem(
        "kvm", "not permitted", std::move(cause),
        cat("sudo usermod -aG ", may->group, " \"$USER\" and log in again, or run as root"));
  }
  if (group_may && !may->group_has_name) {
    return problem("kvm", "not permitted", std::move(cause),
                   cat("run as root or with the group ", may->group,
                       ", which has no name here; a container takes it as an additional group"));
  }
  return problem("kvm", "not permitted", std::move(cause),
                 "run as root, or let a group in: groupadd -f kvm, chgrp kvm /dev/kvm, chmod 0660 "
                 "/dev/kvm (for good by a udev rule: KERNEL==\"kvm\", GROUP=\"kvm\", "
                 "MODE=\"0660\"), usermod -aG kvm USER, and log in again");
}

Finding not_opened(const Host& host, Errno error) {
  if (error == EACCES || error == EPERM) {
    return not_permitted(host, error);
  }
  if (error != ENOENT && error != ENODEV && error != ENXIO) {
    return problem("kvm", "cannot be opened", cat("/dev/kvm: ", describe(error)),
                   "look in dmesg for what kvm says about it");
  }
  const auto flags = host.read("/proc/cpuinfo");
  if (!flags) {
    return problem(
        "kvm", "absent",
        "the kernel offers no /dev/kvm; whether the processor can virtualise is unknown, "
        "for /proc/cpuinfo cannot be read",
        "mount proc on /proc and ask again");
  }
  const std::string& cpu = *flags;
  if (contains_word(cpu, "vmx") || contains_word(cpu, "svm")) {
    return problem("kvm", "absent",
                   "the processor can virtualise, but the kernel offers no /dev/kvm: the module is "
                   "not loaded, or the firmware has the feature switched off",
                   cat("modprobe ", contains_word(cpu, "vmx") ? "kvm_intel" : "kvm_amd",
                       "; where that fails, enable virtualisation in the firmware's setup"));
  }
  return problem("kvm", "absent",
                 "neither vmx nor svm is among the processor's flags, and the kernel offers no "
                 "/dev/kvm",
                 "in a virtual machine, have nested virtualisation enabled for it; otherwise use "
                 "process isolation");
}

Finding not_run(const KvmTrial& trial) {
  if (trial.error == 0) {
    return problem("kvm", "guest failed",
                   cat("the guest was to leave by a port write and left with KVM exit reason ",
                       trial.exit_reason),
                   "this KVM cannot run guests at privilege level 3; use process isolation, and "
                   "report the kernel's version together with this line");
  }
  return problem("kvm", "unusable", cat(doing(trial.reached), ": ", describe(trial.error)),
                 trial.error == ENOMEM || trial.error == ENOSPC
                     ? "free memory or raise the limits below, then ask again"
                     : "look in dmesg for what kvm says about it, or use process isolation");
}

Finding usable(const Host& host, const KvmTrial& trial) {
  const bool of_this_process = trial.reached == KvmTrial::Step::kStart || trial.error != EAGAIN;
  if (const auto limit = own_limit(trial.error); limit && of_this_process) {
    return problem("kvm", "not tried", limit->cause, limit->remedy);
  }
  if (trial.reached == KvmTrial::Step::kOpen) {
    return not_opened(host, trial.error);
  }
  if (trial.reached == KvmTrial::Step::kVersion && trial.error != 0) {
    return problem("kvm", "/dev/kvm is not the KVM device",
                   cat("it opens, and KVM_GET_API_VERSION answers: ", describe(trial.error),
                       "; another file stands in its place"),
                   "findmnt /dev/kvm shows what is mounted over it (then umount /dev/kvm); "
                   "otherwise remove the file and mknod /dev/kvm c 10 232 as root");
  }
  if (trial.reached == KvmTrial::Step::kVersion) {
    return problem("kvm", cat("API version ", trial.api_version),
                   "version 12 is the only one that stable kernels speak",
                   "boot a kernel with the KVM of the mainline");
  }
  if (trial.reached != KvmTrial::Step::kDone) {
    return not_run(trial);
  }
  Finding finding =
      ok("kvm", cat("API version 12, a guest started in ", microseconds(trial.start_ns)));
  finding.numbers = {{"api_version", trial.api_version}, {"start_ns", trial.start_ns}};
  return finding;
}

Finding exits(const KvmTrial& trial) {
  const std::string value =
      cat(microseconds(trial.exit_ns_p50), " to leave and enter a guest (best ",
          microseconds(trial.exit_ns_min), ", ", trial.exits, " measured)");
  Finding finding = ok("kvm-exit", value);
  if (trial.exit_ns_p50 > kSlowExitNs) {
    finding = note("kvm-exit", value,
                   "KVM runs without the processor's help, or inside another virtual machine, or "
                   "the host is busy",
                   "run on hardware for the lowest latency; polling guests hardly notice, guests "
                   "that sleep between packets wake later");
  }
  finding.numbers = {{"exit_ns_p50", trial.exit_ns_p50},
                     {"exit_ns_min", trial.exit_ns_min},
                     {"exits", trial.exits}};
  return finding;
}

// `traps`: the names of the findings that explain it, as far as they are there.
Finding creation(const KvmTrial& trial, const std::string& traps) {
  const std::string value = cat(microseconds(trial.create_ns), " to create a VM");
  Finding finding = ok("kvm-create", value);
  if (trial.create_ns > kSlowCreateNs && traps.empty()) {
    finding =
        note("kvm-create", value,
             "the kernel waited for something while it created a VM, and neither of the two "
             "known traps was seen here: probably the host was busy",
             "ask again on an idle host; where it stays so, keep a pool of prepared microVMs");
  } else if (trial.create_ns > kSlowCreateNs) {
    finding = note("kvm-create", value,
                   cat("the kernel waits for something while it creates a VM; see ", traps),
                   "do what is said there, ask again on an idle host, and keep a pool of prepared "
                   "microVMs");
  }
  finding.numbers = {{"create_ns", trial.create_ns}};
  return finding;
}

Finding nx_hugepages(const Host& host) {
  const std::string path = "/sys/module/kvm/parameters/nx_huge_pages";
  const auto setting = host.read(path);
  if (!setting) {
    return is_absent(host, path) ? ok("kvm-nx-hugepages", "not in this kernel")
                                 : unseen(host, "kvm-nx-hugepages", path);
  }
  const std::string value(base::trim(*setting));
  if (value != "Y" && value != "1") {
    return ok("kvm-nx-hugepages", value == "never" ? "never" : "off");
  }
  const auto weakness = read_word(host, "/sys/devices/system/cpu/vulnerabilities/itlb_multihit");
  const bool needless = weakness && weakness->starts_with("Not affected");
  return note("kvm-nx-hugepages", "on",
              "KVM splits every large page that a guest executes, and keeps a recovery thread per "
              "VM: both are paid at each start",
              needless ? cat("this processor does not need it: while no VM runs, echo never > ",
                             path, ", or boot with kvm.nx_huge_pages=never")
                       : "keep it where the processor needs it against iTLB multihit; a pool of "
                         "prepared microVMs hides the cost");
}

Finding halt_poll(const Host& host) {
  const auto ns = read_number(host, "/sys/module/kvm/parameters/halt_poll_ns");
  const std::string value = !ns ? "unknown" : *ns == 0 ? "off" : microseconds(*ns);
  return ok("kvm-halt-poll", cat(value, "; guests here never halt, so it costs nothing"));
}

// The findings on this host that are known to make the creation of a VM slow.
std::string traps(const Host& host) {
  Findings candidates = check_cgroups(host);
  candidates.push_back(nx_hugepages(host));
  std::string names;
  for (const Finding& finding : candidates) {
    const bool is_trap = finding.name == "kvm-nx-hugepages" || finding.name == "cgroup-attach";
    if (is_trap && finding.level != Level::kOk && finding.value != "unknown") {
      names += cat(names.empty() ? "" : " and ", finding.name);
    }
  }
  return names;
}

}  // namespace

Findings check_kvm(const Host& host) {
  const KvmTrial trial = host.try_kvm();
  Findings findings = {usable(host, trial)};
  if (trial.reached == KvmTrial::Step::kDone) {
    findings.push_back(exits(trial));
    findings.push_back(creation(trial, traps(host)));
  }
  if (trial.reached > KvmTrial::Step::kVersion) {
    findings.push_back(nx_hugepages(host));
    findings.push_back(halt_poll(host));
  }
  return findings;
}

}  // namespace superfluid::doctor
