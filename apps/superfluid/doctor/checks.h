// SPDX-License-Identifier: Apache-2.0
// The judges: from what a Host shows to findings. Each says, for whatever is not well, the cause
// and a remedy that can be typed or followed. They decide nothing else: a judge keeps no state and
// changes nothing.
//
// A finding's name is stable: scripts look for it in --json.

#pragma once

#include "superfluid/doctor/finding.h"
#include "superfluid/doctor/host.h"

namespace superfluid::doctor {

Findings check_kernel(const Host& host);  // kernel, clock-source
Findings check_kvm(const Host& host);     // kvm, kvm-exit, kvm-create, kvm-nx-hugepages, ...
Findings check_memory(
    const Host& host);  // memory, overcommit, transparent-hugepages, ksm, hugepages
Findings check_limits(const Host& host);      // files, processes, pids, threads, cgroup-pids
Findings check_cgroups(const Host& host);     // cgroups, cgroup-attach
Findings check_namespaces(const Host& host);  // namespaces
Findings check_network(const Host& host);     // tun, bpf, af-xdp
Findings check_extras(const Host& host);      // resctrl, tools

}  // namespace superfluid::doctor
