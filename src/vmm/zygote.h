// SPDX-License-Identifier: Apache-2.0
// The zygote: parent of all monitors, and what of them outlives the node's daemon.
//
// It is small and does little, because whatever it has every monitor begins with: it opens what
// their shells share (/dev/kvm, page tables) and builds the filter of system calls once, leaves the
// host's networks, and forks when it is told to. No shell is ever made in it.
//
// Invariants
//   1. One daemon at a time. A second one is refused while the first is connected; the next is told
//      of all monitors, those that died meanwhile among them.
//   2. Of each monitor it keeps the daemon's end of the channel and the dossier, so that neither
//      goes away with a daemon; and the notebook, in which it never looks.
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
#include "vmm/system_calls.h"

namespace superfluid::vmm {

inline constexpr std::size_t kMonitorsMax = 30'000;

struct ZygoteOptions {
  std::string path;                          // of its listener
  std::optional<uid_t> user = std::nullopt;  // that monitors run as; nullopt: its own
  os::UniqueFd daemon = {};                  // connected already; it detaches from its starter
};

// What a zygote's monitors make, and what they may still do once they have.
struct Shells {
  ShellFactory make;
  GuestsIn guests_in = GuestsIn::kMachines;
};
// Opens what all shells of the zygote share, once; monitors then make theirs.
using OpenShells = std::function<base::Result<Shells>()>;

// Returns its exit status when it was told to end.
int run_zygote(ZygoteOptions options, const OpenShells& open_shells);
// The program around it, which the node's daemon starts with a connection to it as descriptor 3:
//   PROGRAM --path SOCKET [--user NUMBER] [--daemon]
int zygote_main(int argc, char** argv, const OpenShells& open_shells);

}  // namespace superfluid::vmm
