// SPDX-License-Identifier: Apache-2.0
// The judges at the edges of their thresholds. Whole machines: tests/cli/doctor-*.golden.

#include "superfluid/doctor/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "superfluid/doctor/reading.h"
#include "superfluid/testing/made_up_host.h"

namespace superfluid::doctor {
namespace {

using superfluid::testing::MadeUpHost;
using ::testing::EndsWith;
using ::testing::HasSubstr;

Finding found(const Findings& findings, std::string_view name) {
  for (const Finding& finding : findings) {
    // Whatever is not well says why and what to do.
    EXPECT_EQ(finding.level == Level::kOk, finding.cause.empty()) << finding.name;
    EXPECT_EQ(finding.level == Level::kOk, finding.remedy.empty()) << finding.name;
    if (finding.name == name) {
      return finding;
    }
  }
  ADD_FAILURE() << "no finding is named " << name;
  return problem(name, "", "", "");
}

Level kernel_level(std::string release) {
  MadeUpHost host;
  host.files[kReleasePath] = std::move(release);
  return found(check_kernel(host), "kernel").level;
}

TEST(DoctorKernel, WantsFiveFifteen) {
  EXPECT_EQ(kernel_level("5.14.21\n"), Level::kProblem);
  EXPECT_EQ(kernel_level("5.15.0-91-generic\n"), Level::kOk);
  EXPECT_EQ(kernel_level("6.1.0\n"), Level::kOk);
  EXPECT_EQ(kernel_level("4.19.0\n"), Level::kProblem);
  EXPECT_EQ(kernel_level("weird\n"), Level::kNote);
  EXPECT_EQ(kernel_level("6\n"), Level::kNote);
  EXPECT_EQ(kernel_level("6.\n"), Level::kNote);
}

TEST(DoctorClock, WantsASteadyTsc) {
  MadeUpHost host;
  const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
  EXPECT_EQ(found(check_kernel(host), "clock-source").level, Level::kNote);
  host.files[folder + "current_clocksource"] = "tsc\n";
  EXPECT_THAT(found(check_kernel(host), "clock-source").cause, HasSubstr("/proc/cpuinfo"));
  host.files["/proc/cpuinfo"] = "flags\t\t: fpu constant_tsc\n";
  EXPECT_THAT(found(check_kernel(host), "clock-source").cause, HasSubstr("nonstop_tsc"));
  host.files["/proc/cpuinfo"] = "flags\t\t: constant_tsc nonstop_tsc\n";
  EXPECT_EQ(found(check_kernel(host), "clock-source").level, Level::kOk);
  host.files[folder + "current_clocksource"] = "hpet\n";
  EXPECT_THAT(found(check_kernel(host), "clock-source").remedy, HasSubstr("tsc=reliable"));
  host.files[folder + "available_clocksource"] = "tsc hpet\n";
  EXPECT_THAT(found(check_kernel(host), "clock-source").remedy, HasSubstr("echo tsc"));
}

TEST(DoctorKvm, EveryStepThatFailsIsNamed) {
  using Step = KvmTrial::Step;
  for (const Step step : {Step::kOpen, Step::kVersion, Step::kCreateVm, Step::kMemory,
                          Step::kCreateVcpu, Step::kState, Step::kRun}) {
    for (const Errno error : {EACCES, EIO, ENOENT, ENOMEM, kTookTooLong, kDied}) {
      MadeUpHost host;
      host.kvm = {.reached = step, .error = error};
      EXPECT_EQ(found(check_kvm(host), "kvm").level, Level::kProblem);
    }
  }
  MadeUpHost host;
  host.kvm = {.reached = Step::kRun, .error = 0, .exit_reason = 8};
  EXPECT_THAT(found(check_kvm(host), "kvm").cause, HasSubstr("exit reason 8"));
  host.kvm = {.reached = Step::kCreateVm, .error = ENOMEM};
  EXPECT_THAT(found(check_kvm(host), "kvm").cause, HasSubstr("KVM_CREATE_VM"));
}

TEST(DoctorKvm, AFileInItsPlaceHasNoVersion) {
  MadeUpHost host;
  host.kvm = {.reached = KvmTrial::Step::kVersion, .error = ENOTTY};
  EXPECT_EQ(found(check_kvm(host), "kvm").value, "/dev/kvm is not the KVM device");
  EXPECT_THAT(found(check_kvm(host), "kvm").remedy, HasSubstr("umount /dev/kvm"));
  host.kvm = {.reached = KvmTrial::Step::kVersion, .api_version = 11};
  EXPECT_EQ(found(check_kvm(host), "kvm").value, "API version 11");
}

TEST(DoctorKvm, AnAbsentKvmIsExplainedByTheProcessor) {
  MadeUpHost host;
  host.kvm = {.reached = KvmTrial::Step::kOpen, .error = ENOENT};
  host.files["/proc/cpuinfo"] = "flags : fpu svm\n";
  EXPECT_THAT(found(check_kvm(host), "kvm").remedy, HasSubstr("modprobe kvm_amd"));
  host.files["/proc/cpuinfo"] = "flags : fpu vmx\n";
  EXPECT_THAT(found(check_kvm(host), "kvm").remedy, HasSubstr("modprobe kvm_intel"));
  host.files["/proc/cpuinfo"] = "flags : fpu\n";
  EXPECT_THAT(found(check_kvm(host), "kvm").remedy, HasSubstr("nested"));
}

TEST(DoctorKvm, SlowExitsAndSlowCreationAreNotes) {
  MadeUpHost host;
  host.kvm.exit_ns_p50 = 10'000;
  host.kvm.create_ns = 5'000'000;
  EXPECT_EQ(found(check_kvm(host), "kvm-exit").level, Level::kOk);
  EXPECT_EQ(found(check_kvm(host), "kvm-create").level, Level::kOk);
  host.kvm.exit_ns_p50 = 10'001;
  host.kvm.create_ns = 5'000'001;
  EXPECT_EQ(found(check_kvm(host), "kvm-exit").level, Level::kNote);
  EXPECT_EQ(found(check_kvm(host), "kvm-create").level, Level::kNote);
}

TEST(DoctorKvm, SlowCreationPointsOnlyToWhatIsThere) {
  MadeUpHost host;
  host.kvm.create_ns = 5'000'001;
  EXPECT_THAT(found(check_kvm(host), "kvm-create").cause, HasSubstr("busy"));
  host.files["/sys/module/kvm/parameters/nx_huge_pages"] = "Y\n";
  host.files[kReleasePath] = "5.15.0";
  EXPECT_THAT(found(check_kvm(host), "kvm-create").cause, EndsWith("see kvm-nx-hugepages"));
  host.files[kReleasePath] = "6.1.0";
  host.files["/proc/self/mounts"] = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
  EXPECT_THAT(found(check_kvm(host), "kvm-create").cause,
              EndsWith("see cgroup-attach and kvm-nx-hugepages"));
}

TEST(DoctorKvm, TheRemedyForADeviceThatIsNotOursIsPossible) {
  const auto remedy = [](const Permissions& may, bool root = false) {
    MadeUpHost host;
    host.root = root;
    host.kvm = {.reached = KvmTrial::Step::kOpen, .error = EACCES};
    host.modes["/dev/kvm"] = may;
    return found(check_kvm(host), "kvm").remedy;
  };
  EXPECT_THAT(remedy(Permissions{"virt", true, 0660}), HasSubstr("usermod -aG virt"));
  EXPECT_THAT(remedy(Permissions{"root", true, 0600}), HasSubstr("udev rule"));
  EXPECT_THAT(remedy(Permissions{"kvm", true, 0600}), HasSubstr("chmod 0660"));
  EXPECT_THAT(remedy(Permissions{"993", false, 0660}), HasSubstr("the group 993"));
  EXPECT_THAT(remedy(Permissions{"root", true, 0666}), HasSubstr("container"));
  EXPECT_THAT(remedy(Permissions{"root", true, 0600}, true), HasSubstr("container"));
  MadeUpHost host;
  host.kvm = {.reached = KvmTrial::Step::kOpen, .error = EACCES};
  EXPECT_THAT(found(check_kvm(host), "kvm").remedy, HasSubstr("run as root"));
  host.modes["/dev/kvm"] = Permissions{"root", true, 0640};
  EXPECT_THAT(found(check_kvm(host), "kvm").cause, EndsWith("the group root with mode 0640"));
}

TEST(Doctor, BlamesItsOwnLimitsOnNobodyElse) {
  MadeUpHost host;
  for (const auto& [error, name] : {std::pair{EAGAIN, "RLIMIT_NPROC"}, {EMFILE, "RLIMIT_NOFILE"}}) {
    host.kvm = {.reached = KvmTrial::Step::kStart, .error = error};
    host.bpf = {.load = error};
    host.tun = host.af_xdp = error;
    host.namespaces[Namespace::kNet] = {.alone = error, .with_own_user = error};
    for (const Finding& finding :
         {found(check_kvm(host), "kvm"), found(check_network(host), "bpf"),
          found(check_network(host), "tun"), found(check_network(host), "af-xdp"),
          found(check_namespaces(host), "namespaces")}) {
      EXPECT_EQ(finding.value, "not tried") << finding.name;
      EXPECT_THAT(finding.cause, HasSubstr(name)) << finding.name;
      EXPECT_THAT(finding.remedy, HasSubstr("ulimit")) << finding.name;
    }
  }
  // KVM's own EAGAIN is not that limit.
  host.kvm = {.reached = KvmTrial::Step::kRun, .error = EAGAIN};
  EXPECT_EQ(found(check_kvm(host), "kvm").value, "unusable");
}

TEST(Doctor, WhatIsMaskedIsUnknown) {
  MadeUpHost host;
  host.masked = {"/sys", "/proc"};
  Findings all = check_memory(host);
  for (const auto& more : {check_kernel(host), check_limits(host), check_cgroups(host)}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  for (const Finding& finding : all) {
    EXPECT_EQ(finding.level, Level::kNote) << finding.name;
    EXPECT_EQ(finding.value, "unknown") << finding.name;
    EXPECT_THAT(finding.remedy, HasSubstr("mount ")) << finding.name;
  }
  host.masked.clear();
  EXPECT_EQ(found(check_memory(host), "ksm").value, "not in this kernel");
  EXPECT_EQ(found(check_memory(host), "hugepages").value, "none");
}

TEST(DoctorKvm, NxHugepagesAreNeededOrNot) {
  MadeUpHost host;
  const std::string path = "/sys/module/kvm/parameters/nx_huge_pages";
  EXPECT_EQ(found(check_kvm(host), "kvm-nx-hugepages").value, "not in this kernel");
  host.masked = {"/sys"};
  EXPECT_EQ(found(check_kvm(host), "kvm-nx-hugepages").value, "unknown");
  EXPECT_THAT(found(check_kvm(host), "kvm-nx-hugepages").remedy, HasSubstr("mount sysfs"));
  for (const char* off : {"N\n", "never\n"}) {
    host.files[path] = off;
    EXPECT_EQ(found(check_kvm(host), "kvm-nx-hugepages").level, Level::kOk);
  }
  host.files[path] = "Y\n";
  EXPECT_THAT(found(check_kvm(host), "kvm-nx-hugepages").remedy, HasSubstr("keep it"));
  host.files["/sys/devices/system/cpu/vulnerabilities/itlb_multihit"] = "Not affected\n";
  EXPECT_THAT(found(check_kvm(host), "kvm-nx-hugepages").remedy, HasSubstr("echo never"));
}

TEST(DoctorLimits, AreToldInMicrovms) {
  MadeUpHost host;
  host.files["/proc/self/limits"] =
      "Limit                     Soft Limit           Hard Limit           Units\n"
      "Max processes             1999                 unlimited            processes\n"
      "Max open files            4000                 unlimited            files\n";
  host.files["/proc/sys/kernel/pid_max"] = "32768\n";
  const Findings findings = check_limits(host);
  EXPECT_EQ(found(findings, "files").level, Level::kOk);
  EXPECT_EQ(found(findings, "files").value, "4000, room for 1000 microVMs");
  EXPECT_EQ(found(findings, "processes").level, Level::kNote);
  EXPECT_EQ(found(findings, "processes").value, "1999, room for 999 microVMs");
  EXPECT_EQ(found(findings, "pids").level, Level::kOk);
  EXPECT_EQ(found(findings, "threads").value, "unknown");
}

TEST(DoctorLimits, TheTightestCgroupCounts) {
  MadeUpHost host;
  host.files["/proc/self/mounts"] = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
  host.files["/proc/self/cgroup"] = "0::/user.slice/session\n";
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "unlimited");
  host.files["/sys/fs/cgroup/user.slice/session/pids.max"] = "max\n";
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "unlimited");
  host.files["/sys/fs/cgroup/user.slice/pids.max"] = "100\n";
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "100, room for 50 microVMs");
  EXPECT_THAT(found(check_limits(host), "cgroup-pids").remedy,
              HasSubstr("/sys/fs/cgroup/user.slice/pids.max"));
  // Version 1 has its own hierarchy, and the unified one beside it counts nothing.
  host.files["/proc/self/mounts"] =
      "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
      "cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n";
  host.files["/proc/self/cgroup"] = "0::/\n8:pids:/box\n";
  host.files["/sys/fs/cgroup/pids/box/pids.max"] = "6000\n";
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "6000, room for 3000 microVMs");
}

TEST(DoctorLimits, HostileFilesAreNoTrouble) {
  MadeUpHost host;
  host.files["/proc/self/mounts"] = "cgroup\n\n cgroup2 x\n/ / / / / /\n";
  host.files["/proc/self/cgroup"] = ":\n::\n0::\n8:pids\n8:pids:\n0::relative\n";
  host.files["/proc/self/limits"] = "Max open files\nMax processes   \n";
  host.files["/proc/sys/kernel/pid_max"] = "99999999999999999999999\n";
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "unknown");
  EXPECT_EQ(found(check_limits(host), "files").value, "unknown");
  EXPECT_EQ(found(check_limits(host), "pids").value, "unknown");
}

TEST(DoctorCgroups, TellsTheKindsApart) {
  MadeUpHost host;
  EXPECT_EQ(found(check_cgroups(host), "cgroups").value, "unknown");
  host.files["/proc/self/mounts"] = "";
  EXPECT_EQ(found(check_cgroups(host), "cgroups").value, "not mounted");
  EXPECT_EQ(found(check_cgroups(host), "cgroups").level, Level::kNote);
  host.files["/proc/self/mounts"] = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
  EXPECT_THAT(found(check_cgroups(host), "cgroups").cause, HasSubstr("cgroup.controllers"));
  host.files["/sys/fs/cgroup/cgroup.controllers"] = "\n";
  EXPECT_EQ(found(check_cgroups(host), "cgroups").value,
            "version 2 without cpu cpuset memory pids");
  host.files["/sys/fs/cgroup/cgroup.controllers"] = "cpuset cpu io memory pids\n";
  EXPECT_EQ(found(check_cgroups(host), "cgroups").level, Level::kOk);
  host.files["/proc/self/mounts"] += "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n";
  EXPECT_EQ(found(check_cgroups(host), "cgroups").value, "hybrid of versions 1 and 2");
  host.files["/proc/self/mounts"] = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n";
  EXPECT_EQ(found(check_cgroups(host), "cgroups").value, "version 1");
}

TEST(DoctorCgroups, AttachIsSlowOnlyWhereAllOfItComesTogether) {
  const auto level = [](std::string release, std::string nx, std::string options) {
    MadeUpHost host;
    host.files[kReleasePath] = std::move(release);
    host.files["/sys/module/kvm/parameters/nx_huge_pages"] = std::move(nx);
    host.files["/proc/self/mounts"] = "cgroup2 /sys/fs/cgroup cgroup2 " + options + " 0 0\n";
    return found(check_cgroups(host), "cgroup-attach").level;
  };
  EXPECT_EQ(level("6.1.0", "N", "rw"), Level::kNote);
  EXPECT_EQ(level("6.1.0", "Y", "rw"), Level::kNote);
  EXPECT_EQ(level("6.1.0", "never", "rw"), Level::kOk);
  EXPECT_EQ(level("6.1.0", "Y", "rw,favordynmods"), Level::kOk);
  EXPECT_EQ(level("5.15.0", "Y", "rw"), Level::kOk);
  EXPECT_EQ(level("6.13.0", "Y", "rw"), Level::kOk);
}

TEST(DoctorCgroups, WhatIsNotMountedIsNotJudged) {
  MadeUpHost host;
  host.files[kReleasePath] = "6.1.0";
  host.files["/sys/module/kvm/parameters/nx_huge_pages"] = "N";
  host.files["/proc/self/mounts"] = "";
  host.files["/proc/self/cgroup"] = "0::/\n";
  EXPECT_EQ(found(check_cgroups(host), "cgroup-attach").value, "unknown");
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "unknown");
  host.files["/proc/self/mounts"] = "cgroup2 /sys/fs/cgroup cgroup2 rw,favordynmods 0 0\n";
  EXPECT_EQ(found(check_cgroups(host), "cgroup-attach").level, Level::kOk);
  EXPECT_EQ(found(check_limits(host), "cgroup-pids").value, "unlimited");
}

TEST(DoctorNamespaces, AreAllowedAloneOrWithAUserNamespaceOrNot) {
  MadeUpHost host;
  EXPECT_EQ(found(check_namespaces(host), "namespaces").level, Level::kOk);
  host.namespaces[Namespace::kNet] = {.alone = EPERM, .with_own_user = 0};
  EXPECT_EQ(found(check_namespaces(host), "namespaces").level, Level::kNote);
  host.namespaces[Namespace::kNet] = {.alone = EPERM, .with_own_user = EPERM};
  EXPECT_EQ(found(check_namespaces(host), "namespaces").level, Level::kProblem);
  host.files["/proc/sys/kernel/unprivileged_userns_clone"] = "0\n";
  EXPECT_THAT(found(check_namespaces(host), "namespaces").remedy,
              HasSubstr("unprivileged_userns_clone=1"));
  host.namespaces[Namespace::kNet] = {.alone = ENOSPC, .with_own_user = ENOSPC};
  EXPECT_THAT(found(check_namespaces(host), "namespaces").remedy, HasSubstr("user.max_"));
}

TEST(DoctorNamespaces, RootNeedsNoUserNamespace) {
  MadeUpHost host;
  host.namespaces[Namespace::kUser] = {.alone = EPERM, .with_own_user = EPERM};
  EXPECT_EQ(found(check_namespaces(host), "namespaces").level, Level::kProblem);
  host.root = true;
  EXPECT_EQ(found(check_namespaces(host), "namespaces").level, Level::kOk);
}

TEST(DoctorMemory, KnowsWhatHurtsGuests) {
  MadeUpHost host;
  host.files["/proc/meminfo"] = "MemTotal: 1048576 kB\nMemAvailable: 524287 kB\n";
  host.files["/proc/sys/vm/overcommit_memory"] = "2\n";
  host.files["/sys/kernel/mm/transparent_hugepage/enabled"] = "[always] madvise never\n";
  host.files["/sys/kernel/mm/ksm/run"] = "1\n";
  host.files["/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"] = "8\n";
  host.files["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "0\n";
  for (const Finding& finding : check_memory(host)) {
    EXPECT_EQ(finding.level, Level::kNote) << finding.name;
  }
  host.files["/proc/meminfo"] = "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n";
  host.files["/proc/sys/vm/overcommit_memory"] = "0\n";
  host.files["/sys/kernel/mm/transparent_hugepage/enabled"] = "always [madvise] never\n";
  host.files["/sys/kernel/mm/ksm/run"] = "0\n";
  host.files["/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"] = "8\n";
  for (const Finding& finding : check_memory(host)) {
    EXPECT_EQ(finding.level, Level::kOk) << finding.name;
  }
}

TEST(DoctorNetwork, SaysWhatIsRefused) {
  MadeUpHost host;
  EXPECT_EQ(found(check_network(host), "bpf").level, Level::kOk);
  host.bpf = {.load = EPERM};
  EXPECT_THAT(found(check_network(host), "bpf").remedy, HasSubstr("CAP_BPF"));
  host.bpf = {.run = EINVAL, .verdict = 2};
  EXPECT_EQ(found(check_network(host), "bpf").value, "loads, does not run");
  host.bpf = {.verdict = 1};
  EXPECT_THAT(found(check_network(host), "bpf").cause, HasSubstr("answer 1"));
  host.af_xdp = EAFNOSUPPORT;
  host.tun = ENOENT;
  EXPECT_THAT(found(check_network(host), "af-xdp").remedy, HasSubstr("CONFIG_XDP_SOCKETS"));
  EXPECT_THAT(found(check_network(host), "tun").remedy, HasSubstr("modprobe tun"));
}

TEST(DoctorExtras, KnowsWhoLacksResctrl) {
  MadeUpHost host;
  EXPECT_EQ(found(check_extras(host), "resctrl").value, "unknown");
  host.files["/proc/self/mounts"] = "";
  EXPECT_EQ(found(check_extras(host), "resctrl").value, "unknown");
  host.files["/proc/cpuinfo"] = "flags : fpu\n";
  EXPECT_EQ(found(check_extras(host), "resctrl").value, "not supported");
  host.files["/proc/cpuinfo"] = "flags : rdt_a\n";
  EXPECT_THAT(found(check_extras(host), "resctrl").remedy, HasSubstr("CONFIG_X86_CPU_RESCTRL"));
  host.files["/proc/filesystems"] = "nodev\tresctrl\n";
  EXPECT_EQ(found(check_extras(host), "resctrl").value, "not mounted");
  host.files["/proc/self/mounts"] = "resctrl /sys/fs/resctrl resctrl rw 0 0\n";
  EXPECT_EQ(found(check_extras(host), "resctrl").level, Level::kOk);
}

}  // namespace
}  // namespace superfluid::doctor
