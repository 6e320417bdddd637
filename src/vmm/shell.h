// SPDX-License-Identifier: Apache-2.0
// Shell: a place made once in which one guest lives after the other. KvmShell (vmm/kvm_shell.h) is
// a machine of KVM. A process without one is a shell too (drivers/process_shell.h), with less to
// keep a guest in: it brings its guest with it, and holds one life.
//
// Making a machine costs half a millisecond, moving a guest into a warm one a tenth of that. So a
// shell is made and warmed in the background (prepare), and a start (execute) only lays an image
// over its memory, writes the device page and runs. When its guest has ended the shell is wiped and
// is warm again; nobody waits for a machine to be torn down.
//
//   SF_TRY(shell, KvmShell::create(kvm, {.ram = base::mib(2), .ports = 2}));  // prepare
//   SF_CHECKED(shell->warm_up());
//   SF_CHECKED(shell->enter(snapshot));                                       // execute
//   shell->begin(page, snapshot.clock_ns);
//   SF_TRY(leave, shell->run());
//
// What is the same for all of them is here: the range of memory, the pages in it, the clock.
//
// Invariants
//   1. The range of RAM and windows is one mapping of ours, as large as at creation.
//   2. Nothing that a guest did is left when enter(), load() or wipe() has returned, in memory,
//      windows or registers. wipe() may leave the image that the guest was a clone of, as it was:
//      the next clone of it finds its memory in place, and nobody else sees it.
//   3. Whatever a guest does ends in a Leave. Addresses that a guest wrote are followed only
//      through a check.
//   4. The registers of a snapshot are those after the `out` that it was taken at.
//
// Threads: the thread that created a shell is the only one that uses it, but for kick().

#pragma once

#include <linux/kvm.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/device_page.h"
#include "abi/guest_page.h"
#include "abi/mailbox.h"
#include "abi/ring.h"
#include "base/result.h"
#include "base/units.h"
#include "os/mapping.h"
#include "os/memfd.h"
#include "os/unique_fd.h"

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
  // The whole file for shells that bring their guest with them: it says for which version of the
  // machine, and no more.
  static abi::ImageHeader of_no_guest();

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
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  virtual ~Shell() = default;

  const ShellSize& size() const { return size_; }
  // Does what only a first run costs.
  virtual base::Status warm_up() = 0;
  // By /proc/self/pagemap, opened while it was in sight: lets wipe() write back the pages that a
  // clone has changed. They are as they were, and in place: a page that is mapped anew costs the
  // next life a fault in the host and one in the machine, which together were most of a start.
  void see_changes_by(os::UniqueFd pagemap) { pagemap_ = std::move(pagemap); }
  // False: when its guest has ended, the shell cannot take another.
  virtual bool is_reusable() const = 0;
  // False: no snapshots of its guests, nor clones of such; guests are booted.
  virtual bool can_snapshot() const = 0;

  // Prepares another life: all of the one before is gone. What is wrong with the first is told;
  // the other two fail only where the kernel lacks memory, and the shell is of no use then.
  virtual base::Status load(const ImageFile& image, std::string_view text) = 0;
  virtual base::Status enter(const Snapshot& snapshot) = 0;
  virtual base::Status wipe() = 0;

  // Writes the device page, with what only the machine knows filled in: sizes, features, windows,
  // the clock, which goes on from `clock_ns`. Behind load(), `text_name` is part of the page given.
  void begin(const abi::DevicePage& page, std::uint64_t clock_ns);
  // Enters the guest until it leaves. An Error is the kernel's and not the guest's doing.
  virtual base::Result<Leave> run() = 0;
  // Any thread, and signal handlers: the run() that is going on, or the next one, ends at once.
  virtual void kick() = 0;
  // The guest as it stands. REQUIRES: it left by an exit, and has not been run since.
  virtual base::Result<Snapshot> take_snapshot() = 0;
  // Of such a guest, what it has changed of the image that it is a clone of (vmm/difference.h).
  // kUnsupported: it is no clone.
  virtual base::Result<std::vector<std::uint8_t>> take_difference() = 0;
  // The memory of that image, sealed. REQUIRES: take_difference() has succeeded.
  base::Result<os::UniqueFd> image() const { return laid_memory_.duplicate(); }
  // The clone that a difference was taken of; gives its clock.
  virtual base::Result<std::uint64_t> enter_again(const Snapshot& image,
                                                  base::ByteView difference) = 0;

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
  virtual base::Status connect_doorbell(std::uint32_t doorbell, int event_fd) = 0;

 protected:
  explicit Shell(const ShellSize& size) : size_(size) {}

  // Fails with what to say to whoever wishes for a shell of a size that there is not.
  static base::Status check_size(const ShellSize& size);
  base::Status make_range();
  const os::Mapping& range() const { return range_; }
  // Empty windows, and no device page.
  base::Status reset_windows();
  // RAM of zeros.
  base::Status clear_ram();
  // RAM is the snapshot's from here on, copied where it is written to.
  base::Status lay_ram(const Snapshot& snapshot);
  // RAM as lay_ram() made it, or zeros: for the time until the next life.
  base::Status take_back_changes();
  // What take_difference() gives, of a guest whose processor and clock these are.
  base::Result<std::vector<std::uint8_t>> difference(const Snapshot& standing);
  // Whoever writes to a clone's RAM before begin() says so.
  void mark_changed() { changed_ = true; }
  // Where a text of so many bytes lies, noted for begin().
  base::ByteSpan place_text(std::size_t bytes);
  // The device page is what the RAM says.
  void adopt_page();

  // What the guest counts as time passes.
  virtual std::uint64_t ticks() const;
  // Counts of ticks() to nanoseconds, as in abi::DevicePage.
  void set_clock_mult(std::uint64_t mult) { clock_mult_ = mult; }
  void set_features(std::uint32_t features) { features_ = features; }

 private:
  abi::Live& live() const;
  base::Status reset_window(std::uint32_t port);
  // The pages of a part of the range that are the process's own, numbered from the part's first;
  // false where that cannot be seen.
  bool find_own_pages(std::uint64_t at, std::uint64_t bytes, std::vector<std::uint32_t>& own) const;
  // The memory that was laid below the RAM, as original_.
  base::Status see_original();

  ShellSize size_;
  os::Mapping range_;       // RAM and windows
  abi::DevicePage page_{};  // as it was written last
  std::uint32_t windows_used_ = 0;
  std::uint32_t windows_shared_ = 0;  // of those
  std::uint64_t clock_mult_ = 0;
  os::UniqueFd pagemap_;
  std::optional<os::FileId> laid_;  // the snapshot's memory below the RAM; the mapping keeps it
  os::UniqueFd laid_memory_;
  os::Mapping original_;  // of that memory, once a life has been wiped
  std::vector<std::uint32_t> own_pages_;
  bool changed_ = false;  // since it was laid
  std::uint32_t features_ = 0;
};

}  // namespace superfluid::vmm
