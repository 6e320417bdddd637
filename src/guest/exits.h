// SPDX-License-Identifier: Apache-2.0
// Exits: the processor as a guest sees it: the way out, and the counter of its cycles.
//
// In a microVM leaving is one instruction and the host goes on behind it (entry_guest.cc). Hosted,
// the same room runs in a test or in a sandboxed process, which supply their own. Everything else
// that a guest knows lies in memory (guest/memory.h).
//
// Threads: the guest's one.

#pragma once

#include <cstdint>

#include "abi/machine.h"

namespace superfluid::guest {

class Exits {
 public:
  virtual ~Exits() = default;

  // Returns when the host lets the guest go on. Behind kReady, kSleep and kYield that may be in
  // another life: whoever called reads the device page anew. Behind kEnd and kPanic a microVM does
  // not return.
  virtual void leave(abi::Exit exit, std::uint8_t value) = 0;
  virtual std::uint64_t tsc() const = 0;

  void leave(abi::Exit exit) { leave(exit, 0); }
};

}  // namespace superfluid::guest
