// SPDX-License-Identifier: Apache-2.0
#include "drivers/process_shell.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "base/check.h"
#include "base/check_watch.h"
#include "base/text.h"
#include "guest/exits.h"
#include "guest/guest.h"
#include "os/errno.h"
#include "os/event_fd.h"
#include "vmm/life.h"

#if defined(SUPERFLUID_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace superfluid::drivers {

using vmm::Leave;

namespace {

// As much as elements are told to be content with, and once more: their frames are not those of the
// image. Pages that nobody touches cost nothing.
constexpr std::size_t kStackBytes = 1 << 20;
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
constexpr std::size_t kStackRoom = 8 * kStackBytes;  // what lies between its variables
#else
constexpr std::size_t kStackRoom = 2 * kStackBytes;
#endif

// Whose guest runs on this thread.
thread_local ProcessShell* running = nullptr;

base::Failure no_snapshots() {
  return base::fail(base::ErrorCode::kUnsupported,
                    "a function that runs in a process cannot be saved, cloned or parked")
      .try_this("run it with --isolation microvm");
}

}  // namespace

class ProcessShell::Exits final : public guest::Exits {
 public:
  explicit Exits(ProcessShell& shell) : shell_(shell) {}

  using guest::Exits::leave;
  void leave(abi::Exit exit, std::uint8_t value) override {
    shell_.heap_->tell(shell_.memory().guest_page());
    shell_.leave(exit, value);
  }
  std::uint64_t tsc() const override { return vmm::monotonic_ns(); }

 private:
  ProcessShell& shell_;
};

ProcessShell::ProcessShell(const vmm::ShellSize& size, GuestStack stack)
    : Shell(size), stack_(std::move(stack)) {}

ProcessShell::~ProcessShell() {
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  // What the guest had closed for itself; the next mapping here is somebody else's.
  ASAN_UNPOISON_MEMORY_REGION(range().data(), range().size());
#endif
}

base::Result<std::unique_ptr<ProcessShell>> ProcessShell::create(const vmm::ShellSize& size) {
  SF_CHECKED(check_size(size));
  SF_TRY(stack, GuestStack::create(kStackRoom));
  // rules: allow new-delete: make_unique has no way to the private constructor
  std::unique_ptr<ProcessShell> shell(new ProcessShell(size, std::move(stack)));
  SF_CHECKED(shell->make_range());
  base::watch_failed_checks(check_failed);
  return shell;
}

base::Status ProcessShell::warm_up() {
  set_clock_mult(1ull << 32);  // a tick is a nanosecond
  return {};
}

std::uint64_t ProcessShell::ticks() const { return vmm::monotonic_ns(); }

guest::Memory ProcessShell::memory() const {
  return guest::Memory(reinterpret_cast<std::byte*>(ram().data()));
}

base::Status ProcessShell::load(const vmm::ImageFile& image, std::string_view text) {
  if (heap_) {
    return base::fail(base::ErrorCode::kConflict, "a process has held its guest already");
  }
  const base::ByteCount needed = image.ram_min(text.size());
  if (needed > size().ram) {
    return base::fail(base::ErrorCode::kExhausted,
                      base::cat("the configuration needs ", base::to_string(needed),
                                " of memory; the function has ", base::to_string(size().ram)))
        .try_this("give it more with --memory");
  }
  const base::ByteSpan place = place_text(text.size());
  std::ranges::copy(text, place.begin());
  const base::ByteSpan room = ram().first(ram().size() - place.size()).subspan(abi::kImageAt);
  const base::ByteSpan room_before_text =
      room.first(static_cast<std::size_t>(place.data() - room.data()));
  heap_.emplace(std::as_writable_bytes(std::span(room_before_text)));
  allocations_ = {
      .heap = &*heap_, .memory = room_before_text, .owner = this, .exhausted = out_of_memory};
  stack_.begin([](void* self) { static_cast<ProcessShell*>(self)->live(); }, this);
  return {};
}

base::Status ProcessShell::enter(const vmm::Snapshot&) { return no_snapshots(); }
base::Result<vmm::Snapshot> ProcessShell::take_snapshot() { return no_snapshots(); }
base::Result<std::vector<std::uint8_t>> ProcessShell::take_difference() { return no_snapshots(); }
base::Result<std::uint64_t> ProcessShell::enter_again(const vmm::Snapshot&, base::ByteView) {
  return no_snapshots();
}

base::Status ProcessShell::wipe() {
  if (heap_) {
    return base::fail(base::ErrorCode::kUnsupported, "a process holds one guest");
  }
  SF_CHECKED(reset_windows());
  return clear_ram();
}

base::Status ProcessShell::connect_doorbell(std::uint32_t doorbell, int event_fd) {
  base::check(doorbell < abi::kDoorbellsMax, "a guest has so many doorbells");
  doorbells_[doorbell].reset(::fcntl(event_fd, F_DUPFD_CLOEXEC, 0));
  if (!doorbells_[doorbell]) {
    return os::fail_errno("connect a doorbell", errno);
  }
  return {};
}

base::Result<Leave> ProcessShell::run() {
  base::check(heap_.has_value(), "what runs was loaded");
  if (kicked_.exchange(false)) {
    return Leave{};
  }
  running = this;
  allocate_as(&allocations_);
  stack_.enter();
  allocate_as(nullptr);
  running = nullptr;
  return left_;
}

void ProcessShell::live() {
  guest::Panic panic(memory().guest_page());
  try {
    Exits exits(*this);
    guest::Guest guest(memory(), exits, guest::Guest::limits_for(heap_->left(), kStackBytes));
    guest.run();
    panic.say("the host went on behind the end");
  } catch (const std::exception& thrown) {
    panic.say(thrown.what());
  }
  give_up(abi::kPanicDefect, panic);
}

void ProcessShell::leave(abi::Exit exit, std::uint8_t value) {
  if (exit >= abi::Exit::kDoorbell) {
    ring(static_cast<std::size_t>(exit) - static_cast<std::size_t>(abi::Exit::kDoorbell));
    return;
  }
  left_ = {.why = Leave::Why::kExit, .exit = exit, .value = value};
  stack_.leave();
}

void ProcessShell::ring(std::size_t doorbell) {
  base::check(doorbell < doorbells_.size() && doorbells_[doorbell],
              "a doorbell that is rung is connected");
  os::EventFd::ring(doorbells_[doorbell].get());
}

void ProcessShell::give_up(std::uint8_t kind, guest::Panic& panic) {
  panic.tell();
  for (;;) {
    leave(abi::Exit::kPanic, kind);
  }
}

void ProcessShell::out_of_memory(void* self, std::size_t bytes) {
  auto& shell = *static_cast<ProcessShell*>(self);
  shell.give_up(abi::kPanicMemory,
                guest::Panic(shell.memory().guest_page())
                    .say_memory_needed(shell.size().ram.count(), *shell.heap_, bytes));
}

void ProcessShell::check_failed(const char* what, const std::source_location& where) {
  if (running != nullptr) {
    running->give_up(abi::kPanicDefect,
                     guest::Panic(running->memory().guest_page()).say_failed(what, where));
  }
}

base::Result<vmm::Shells> open_process_shells() {
  vmm::ShellFactory make =
      [](const vmm::ShellSize& size) -> base::Result<std::unique_ptr<vmm::Shell>> {
    SF_TRY(shell, ProcessShell::create(size));
    return shell;
  };
  return vmm::Shells{.make = std::move(make), .guests_in = vmm::GuestsIn::kProcesses};
}

}  // namespace superfluid::drivers
