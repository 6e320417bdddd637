// SPDX-License-Identifier: Apache-2.0
// Shell: one virtual machine of KVM, made once and lived in by one guest after the other.
//
// Making a machine costs half a millisecond, moving a guest into a warm one a tenth of that. So a
// shell is made and warmed in the background (prepare), and a start (execute) only lays an image
// over its memory, writes the device page and runs. When its guest has ended the shell is wiped and
// is warm again; nobody waits for a machine to be torn down.
//
//   SF_TRY(shell, Shell::create(kvm, {.ram = base::mib(2), .ports = 2}));  // prepare
//   SF_CHECKED(shell->warm_up());
//   SF_CHECKED(shell->enter(snapshot));                                       // execute
//   shell->begin(page, snapshot.clock_ns);
//   SF_TRY(leave, shell->run());
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

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/mailbox.h"
#include "abi/ring.h"
#include "base/result.h"
#include "base/units.h"
#include "os/mapping.h"
#include "os/unique_fd.h"
#include "vmm/kvm.h"

namespace superfluid::vmm {

struct ShellSize {
  base::ByteCount ram = base::mib(2);
  std::uint32_t ports = 2;  // windows behind the RAM
  std::uint32_t slots = abi::kSlotsDefault;

  std::uint64_t range_bytes() const;
  std::uint64_t window_address(std::uint32_t port) const;

  friend bool operator==(const ShellSize&, const ShellSize&) = default;
};

// What KVM_GET_XSAVE fills. The kernel's own type for it ends in a flexible array, which C++ gives
// a size.
struct FpuState {
  std::array<std::uint32_t, 1024> words{};
};

// Registers and FPU state of a guest that left by an `out`.
struct CpuState {
  kvm_regs registers{};
  FpuState fpu;
};

// A guest that stands still, as it can be woken in any shell of its size: memory, processor, clock.
// Whoever has one from somebody else checks it first (vmm/snapshot.h).
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

// An image file in memory: checked once, loaded often.
class ImageFile {
 public:
  // Of the file.
  static constexpr base::ByteCount kBytesMax = base::mib(8);

  // kCorrupt when the header does not hold.
  static base::Result<ImageFile> parse(base::ByteView file);

  base::ByteView bytes() const { return bytes_; }
  const abi::ImageHeader& header() const { return header_; }
  // The least RAM in which image and text have room, before the guest needs any for itself.
  base::ByteCount ram_min(std::size_t text_bytes) const;

 private:
  ImageFile(base::ByteView bytes, const abi::ImageHeader& header)
      : bytes_(bytes), header_(header) {}

  base::ByteView bytes_;
  abi::ImageHeader header_;
};

class Shell {
 public:
  static base::Result<std::unique_ptr<Shell>> create(const Kvm& kvm, const ShellSize& size);
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell();

  const ShellSize& size() const { return size_; }
  // Runs a guest of two instructions, so that the kernel builds what a first run needs.
  base::Status warm_up();

  // Prepares another life: all of the one before is gone. What is wrong with the first is told;
  // the other two fail only where the kernel lacks memory, and the shell is of no use then.
  base::Status load(const ImageFile& image, std::string_view text);
  base::Status enter(const Snapshot& snapshot);
  base::Status wipe();

  // Writes the device page, with what only the machine knows filled in: sizes, features, windows,
  // the clock, which goes on from `clock_ns`. Behind load(), `text_name` is part of the page given.
  void begin(const abi::DevicePage& page, std::uint64_t clock_ns);
  // Enters the guest until it leaves. An Error is the kernel's and not the guest's doing.
  base::Result<Leave> run();
  // Any thread, and signal handlers: the run() that is going on, or the next one, ends at once.
  void kick();
  // The guest as it stands. REQUIRES: it left by an exit, and has not been run since.
  base::Result<Snapshot> take_snapshot();
  // The registers of such a guest.
  base::Result<kvm_regs> registers();
  // Of such a guest, what it has changed of the image that it is a clone of (vmm/snapshot.h).
  base::Result<std::vector<std::uint8_t>> take_difference(const Snapshot& image);
  // The clone that a difference was taken of; gives its clock.
  base::Result<std::uint64_t> enter_again(const Snapshot& image, base::ByteView difference);

  // Of the guest's memory: bytes that it may change at any moment.
  base::ByteSpan ram() const { return range_.writable().first(size_.ram.count()); }
  base::ByteSpan window(std::uint32_t port) const;
  // The guest page as it is now: a copy.
  abi::GuestPage guest_page() const;
  void set_console_taken(std::uint32_t bytes);
  base::ByteView console() const { return ram().subspan(abi::kConsoleAt, abi::kConsoleBytes); }
  void set_mailbox(std::uint32_t request, std::uint32_t fragment);
  base::ByteSpan mailbox() const { return ram().subspan(abi::kMailboxAt, abi::kMailboxBytes); }
  // Of the guest, by its device page.
  std::uint64_t clock_ns() const;
  // When the guest's clock will say so, as CLOCK_MONOTONIC has it.
  std::uint64_t monotonic_of(std::uint64_t guest_ns) const;

  // Lays shared memory over a port's window, until the next life. REQUIRES: the memfd is sealed
  // against shrinking and has the window's size.
  base::Status share_window(std::uint32_t port, int memfd);
  // `out` to doorbell n writes to the eventfd instead of leaving, until the next life.
  base::Status connect_doorbell(std::uint32_t doorbell, int event_fd);

 private:
  Shell(const Kvm& kvm, const ShellSize& size) : kvm_(kvm), size_(size) {}

  base::Status make_machine();
  base::Status make_processor();
  base::Status add_memory(std::uint32_t slot, std::uint64_t address, const os::Mapping& memory);
  // Everything of the last life but the RAM.
  base::Status reset();
  base::Status reset_processor();
  void set_registers(const kvm_regs& registers);
  base::Status set_fpu(const FpuState& fpu);
  Leave read_exit();
  abi::Live& live() const;
  Leave crashed();
  // Processor and clock of a guest that stands still.
  base::Result<Snapshot> standing();
  // Lets the processor finish the `out` that it left by.
  base::Status settle();

  struct Doorbell {
    std::uint32_t number;
    os::UniqueFd event;
  };

  const Kvm& kvm_;
  ShellSize size_;
  os::Mapping range_;   // RAM and windows
  os::Mapping tables_;  // private copy of the shared ones
  os::UniqueFd machine_;
  os::UniqueFd processor_;
  os::Mapping run_memory_;
  kvm_run* run_ = nullptr;
  kvm_sregs special_{};
  FpuState clean_fpu_;
  abi::DevicePage page_{};  // as it was written last
  std::uint32_t windows_used_ = 0;
  std::vector<Doorbell> doorbells_;
  std::uint64_t clock_mult_ = 0;
  std::atomic<bool> kicked_{false};
  bool must_reset_processor_ = false;  // a fault may have left it in any state
  bool fpu_clean_ = true;
  bool settled_ = true;  // no `out` is half done
};

}  // namespace superfluid::vmm
