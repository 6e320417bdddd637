// SPDX-License-Identifier: Apache-2.0
// The zygote: parent of all monitors, and what of them outlives the node's daemon.
//
// It is small and does little, because whatever it has every monitor begins with: it opens /dev/kvm
// and builds the page tables and the filter of system calls once, leaves the host's networks, and
// forks when it is told to. No machine is ever made in it.
//
// Invariants
//   1. One daemon at a time. A second one is refused while the first is connected; the next is told
//      of all monitors, those that died meanwhile among them.
//   2. Of each monitor it keeps the daemon's end of the channel and the dossier, so that neither
//      goes away with a daemon; and the note that a daemon made.
//   3. A fork that is refused is a report, not an end.
//   4. Monitors die with it.
//
// Threads: one; fork() here is by os::Forker.

#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/unique_fd.h"
#include "vmm/monitor.h"

namespace superfluid::vmm {

inline constexpr std::size_t kMonitorsMax = 30'000;

struct ZygoteOptions {
  std::string path;                          // of its listener
  std::optional<uid_t> user = std::nullopt;  // that monitors run as; nullopt: its own
  os::UniqueFd daemon = {};                  // connected already; it detaches from its starter
};

// Opens what all shells of the zygote share, once; monitors then make theirs.
using OpenShells = std::function<base::Result<ShellFactory>()>;
// Machines of KVM.
base::Result<ShellFactory> open_kvm_shells();

// The program: returns its exit status when it was told to end.
int run_zygote(ZygoteOptions options, const OpenShells& open_shells);

}  // namespace superfluid::vmm
