// SPDX-License-Identifier: Apache-2.0
// Shell: one virtual machine of KVM, made once and lived in by one guest after the other.
//
// Making a machine costs half a millisecond, moving a guest into a warm one a tenth of that. So a
// shell is made and warmed in the background (prepare), and a start (execute) only lays an image
// over its memory, writes the device page and runs. When its guest has ended the shell is wiped and
// is warm again; nobody waits for a machine to be torn down.
//
//   SF_TRY(shell, Shell::create(kvm, {.ram = base::mib(2), .ports = 2}));   // prepare
//   SF_CHECKED(shell.warm_up());
//   SF_CHECKED(shell.enter(snapshot));                                        // execute
//   shell.device_page() = page;
//   SF_TRY(leave, shell.run());
//
// Invariants
//   1. The range of RAM and windows is one mapping of ours, as large as at creation; guests see no
//      other memory. Page tables lie in a slot of their own, are the same for every image, and no
//      guest can write them.
//   2. Nothing of a guest is left when enter(), load() or wipe() has returned: memory, windows,
//      general and special registers, FPU state, pending events.
//   3. Whatever a guest does ends in a Leave; a fault is Leave::kCrashed and leaves the shell
//      usable. Addresses that a guest wrote are offsets (GuestAddress), which nobody can follow but
//      through a check.
//   4. The registers of a snapshot are those after the `out` that it was taken at.
//
// Threads: the thread that created a shell is the only one that uses it, but for kick(): on some
// kernels a VCPU that changes threads waits for milliseconds. One process holds few shells: each
// change of memory costs in proportion to the machines of the process.

#pragma once

#include <linux/kvm.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/mailbox.h"
#include "abi/ring.h"
#include "base/result.h"
#include "base/units.h"
#include "os/mapping.h"
#include "os/unique_fd.h"

namespace superfluid::vmm {

// What all shells of a process share: /dev/kvm and what it said once.
class Kvm;

struct ShellSize {
  base::ByteCount ram = base::mib(2);
  std::uint32_t ports = 2;  // windows behind the RAM
  std::uint32_t slots = abi::kSlotsDefault;

  std::uint64_t range_bytes() const;
  std::uint64_t window_address(std::uint32_t port) const;

  friend bool operator==(const ShellSize&, const ShellSize&) = default;
};

// Registers and FPU state of a guest that left by an `out`.
struct CpuState {
  kvm_regs registers{};
  kvm_xsave fpu{};
};

// A guest that stands still, as it can be woken in any shell of its size: memory, processor, clock.
struct Snapshot {
  os::UniqueFd memory;  // a sealed memfd of `ram` bytes
  ShellSize size;
  CpuState cpu;
  std::uint64_t clock_ns = 0;  // of the guest, when it stood still
};

// Why a guest left.
struct Leave {
  enum class Why : std::uint8_t {
    kExit,     // `exit`, with `value` in AL
    kCrashed,  // a fault; the registers, where the host still has them
    kKicked,   // kick() was called
  };
  Why why = Why::kKicked;
  abi::Exit exit{};
  std::uint8_t value = 0;
  std::optional<kvm_regs> registers = std::nullopt;
  std::uint32_t kvm_reason = 0;  // KVM_EXIT_*, of a crash
};

}  // namespace superfluid::vmm
