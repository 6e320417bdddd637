// SPDX-License-Identifier: Apache-2.0
// ProcessShell: a shell without KVM. Its guest (guest/guest.h) is linked into the program and runs
// in the monitor's own process, on a stack of its own; leaving is a switch of stacks.
//
// Everything else is the machine's: the device page, the rings in their windows, the console, the
// mailbox, the exits. RAM is the function's memory as in a microVM, but for the image: its heap
// lies there, and a graph that needs more ends with the same message (drivers/guest_new.h).
//
// What keeps such a guest in is the process: user nobody, no capabilities, empty root and network,
// and a filter of system calls (vmm/system_calls.h). There is no wall between the guest and its
// monitor, so a process has one life. It ends with its guest; a fault ends it at once, and the
// zygote tells of the signal.
//
// Invariants
//   1. One life: load(), begin(), run() until the end. enter() and snapshots are kUnsupported.
//   2. A busy guest leaves every Guest::kYieldServed or kYieldAlone, between two rounds; so long
//      after a kick() at most, and the round that goes on, is run() back. An element that never
//      returns cannot be kicked: who waits for such a process kills it.
//   3. While the guest runs, and only then, this thread allocates from its heap.
//   4. Where a check() fails in the guest, or a library throws, the guest ends with kPanicDefect.
//
// Threads: as any shell's.

#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>

#include "abi/machine.h"
#include "drivers/guest_new.h"
#include "drivers/guest_stack.h"
#include "guest/heap.h"
#include "guest/memory.h"
#include "guest/panic.h"
#include "os/unique_fd.h"
#include "vmm/shell.h"
#include "vmm/zygote.h"

namespace superfluid::drivers {

class ProcessShell final : public vmm::Shell {
 public:
  static base::Result<std::unique_ptr<ProcessShell>> create(const vmm::ShellSize& size);
  ~ProcessShell() override;

  base::Status warm_up() override;
  bool is_reusable() const override { return false; }
  bool can_snapshot() const override { return false; }
  // The image is one of no guest (vmm::ImageFile::of_no_guest()).
  base::Status load(const vmm::ImageFile& image, std::string_view text) override;
  base::Status enter(const vmm::Snapshot& snapshot) override;
  base::Status wipe() override;
  base::Result<vmm::Leave> run() override;
  void kick() override { kicked_ = true; }
  base::Result<vmm::Snapshot> take_snapshot() override;
  base::Result<std::vector<std::uint8_t>> take_difference() override;
  base::Result<std::uint64_t> enter_again(const vmm::Snapshot& image,
                                          base::ByteView difference) override;
  base::Status connect_doorbell(std::uint32_t doorbell, int event_fd) override;

 private:
  class Exits;

  ProcessShell(const vmm::ShellSize& size, GuestStack stack);
  guest::Memory memory() const;
  std::uint64_t ticks() const override;

  // On the guest's stack.
  void live();
  void leave(abi::Exit exit, std::uint8_t value);
  void ring(std::size_t doorbell);
  [[noreturn]] void give_up(std::uint8_t kind, guest::Panic& panic);
  static void out_of_memory(void* self, std::size_t bytes);
  static void check_failed(const char* what, const std::source_location& where);

  GuestStack stack_;
  std::optional<guest::Heap> heap_;  // from load() on
  GuestNew allocations_;
  vmm::Leave left_;
  std::array<os::UniqueFd, abi::kDoorbellsMax> doorbells_;
  std::atomic<bool> kicked_{false};
};

// OpenShells of a zygote whose monitors hold their guests in their own processes.
base::Result<vmm::Shells> open_process_shells();

}  // namespace superfluid::drivers
