// SPDX-License-Identifier: Apache-2.0
// ConsoleReader: takes what a guest printed out of its console's ring into the dossier's log.
//
// Invariant: what a guest claims to have written is believed up to one ring; it can waste its own
// log and nothing else.
//
// Threads: the shell's.

#pragma once

#include <cstdint>

#include "vmm/dossier.h"
#include "vmm/shell.h"

namespace superfluid::vmm {

class ConsoleReader {
 public:
  ConsoleReader(Shell& shell, DossierWriter& dossier) : shell_(shell), dossier_(dossier) {}

  // A life begins: what the snapshot's guest had printed was somebody else's.
  void begin();
  void drain();
  std::uint64_t dropped() const { return dropped_; }

 private:
  Shell& shell_;
  DossierWriter& dossier_;
  std::uint32_t taken_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace superfluid::vmm
