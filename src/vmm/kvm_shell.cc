// SPDX-License-Identifier: Apache-2.0
#include "vmm/kvm_shell.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/errno.h"
#include "vmm/difference.h"
#include "vmm/life.h"
#include "vmm/snapshot.h"

namespace superfluid::vmm {

using base::cat;

namespace {

// Types that end in a flexible array: the macros would take their size for what is passed.
constexpr unsigned long kSetCpuid = _IOC(_IOC_WRITE, KVMIO, 0x90, 8);
constexpr unsigned long kSetMsrs = _IOC(_IOC_WRITE, KVMIO, 0x89, 8);
constexpr unsigned long kGetXsave = _IOC(_IOC_READ, KVMIO, 0xa4, sizeof(FpuState));
constexpr unsigned long kSetXsave = _IOC(_IOC_WRITE, KVMIO, 0xa5, sizeof(FpuState));

constexpr std::uint32_t kMsrStar = 0xc0000081;
constexpr std::uint32_t kMsrLstar = 0xc0000082;
constexpr std::uint64_t kNowhere = 0x7fffffff0000;  // user half, never mapped
constexpr std::uint64_t kUserSelectors = 0x0023'0010ull << 32;

constexpr std::uint32_t kRamSlot = 0;
constexpr std::uint32_t kTablesSlot = 1;

// out %al, $0x10; 1: jmp 1b
constexpr std::uint8_t kStub[] = {0xe6, static_cast<std::uint8_t>(abi::Exit::kReady), 0xeb, 0xfe};

kvm_regs entry_registers(std::uint64_t entry, std::uint64_t stack) {
  kvm_regs registers{};
  registers.rip = entry;
  registers.rsp = stack;
  registers.rdi = abi::kRamBase + abi::kDevicePageAt;
  registers.rflags = kGuestFlags;
  return registers;
}

bool is_for_the_monitor(abi::Exit exit) {
  switch (exit) {
    case abi::Exit::kReady:
    case abi::Exit::kLive:
    case abi::Exit::kEnd:
    case abi::Exit::kPanic:
    case abi::Exit::kSleep:
    case abi::Exit::kYield:
    case abi::Exit::kConsole:
    case abi::Exit::kAnswer: return true;
    default: return false;
  }
}

}  // namespace

base::Result<std::unique_ptr<KvmShell>> KvmShell::create(const Kvm& kvm, const ShellSize& size) {
  SF_CHECKED(check_size(size));
  // rules: allow new-delete: make_unique has no way to the private constructor
  std::unique_ptr<KvmShell> shell(new KvmShell(kvm, size));
  SF_CHECKED(shell->make_range());
  SF_CHECKED(shell->make_machine());
  SF_CHECKED(shell->make_processor());
  return shell;
}

// The machine goes before the memory that it uses.
KvmShell::~KvmShell() {
  run_memory_ = {};
  processor_.reset();
  machine_.reset();
}

base::Status KvmShell::make_machine() {
  SF_TRY(tables, os::Mapping::of_fd(kvm_.tables(), 0, Kvm::kTablesBytes,
                                    {.access = os::Mapping::Access::kReadWrite,
                                     .sharing = os::Mapping::Sharing::kPrivate}));
  tables_ = std::move(tables);
  machine_.reset(::ioctl(kvm_.fd(), KVM_CREATE_VM, 0));
  if (!machine_) {
    return os::fail_errno("create a machine", errno);
  }
  SF_CHECKED(add_memory(kRamSlot, abi::kRamBase, range()));
  return add_memory(kTablesSlot, abi::kTablesAt, tables_);
}

base::Status KvmShell::add_memory(std::uint32_t slot, std::uint64_t address,
                                  const os::Mapping& memory) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  region.guest_phys_addr = address;
  region.memory_size = memory.size();
  region.userspace_addr = reinterpret_cast<std::uint64_t>(memory.data());
  if (::ioctl(machine_.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0) {
    return os::fail_errno("give a machine its memory", errno);
  }
  return {};
}

base::Status KvmShell::make_processor() {
  processor_.reset(::ioctl(machine_.get(), KVM_CREATE_VCPU, 0));
  if (!processor_) {
    return os::fail_errno("create a virtual processor", errno);
  }
  SF_TRY(run_memory, os::Mapping::of_fd(processor_.get(), 0, kvm_.run_bytes(),
                                        {.access = os::Mapping::Access::kReadWrite}));
  run_memory_ = std::move(run_memory);
  run_ = reinterpret_cast<kvm_run*>(run_memory_.data());
  CpuidTable cpuid = kvm_.cpuid();
  kvm_sregs initial{};
  if (::ioctl(processor_.get(), kSetCpuid, &cpuid) != 0 ||
      ::ioctl(processor_.get(), KVM_GET_SREGS, &initial) != 0 ||
      ::ioctl(processor_.get(), kGetXsave, &clean_fpu_) != 0) {
    return os::fail_errno("set up a virtual processor", errno);
  }
  normalize(clean_fpu_);
  special_ = guest_special_registers(initial, kvm_.features());
  SF_CHECKED(close_ways());
  // So that a guest's time stamp counter is the host's. Where the attribute is not known the
  // counter starts with the machine, and guests would see another time than the host.
  std::uint64_t offset = 0;
  kvm_device_attr attribute{};
  attribute.group = KVM_VCPU_TSC_CTRL;
  attribute.attr = KVM_VCPU_TSC_OFFSET;
  attribute.addr = reinterpret_cast<std::uint64_t>(&offset);
  if (::ioctl(processor_.get(), KVM_SET_DEVICE_ATTR, &attribute) != 0) {
    return os::fail_errno("set the offset of a time stamp counter", errno);
  }
  const int khz = ::ioctl(processor_.get(), KVM_GET_TSC_KHZ, 0);
  if (khz <= 0) {
    return base::fail(base::ErrorCode::kUnsupported,
                      "this KVM does not tell how fast the time stamp counter counts");
  }
  constexpr std::uint64_t kNsPerMillisecond = 1'000'000;
  set_clock_mult((kNsPerMillisecond << 32) / static_cast<std::uint64_t>(khz));
  set_features(kvm_.features());
  return reset_processor();
}

base::Status KvmShell::close_ways() {
  struct {
    std::uint32_t count = 2;
    std::uint32_t padding = 0;
    kvm_msr_entry entries[2] = {{.index = kMsrStar, .reserved = 0, .data = kUserSelectors},
                                {.index = kMsrLstar, .reserved = 0, .data = kNowhere}};
  } msrs;
  if (::ioctl(processor_.get(), kSetMsrs, &msrs) != 2) {
    return os::fail_errno("close the way of system calls", errno);
  }
  return {};
}

// To what a new one is; special registers follow with the general ones, at the next run.
base::Status KvmShell::reset_processor() {
  kvm_vcpu_events events{};
  kvm_mp_state state{};
  state.mp_state = KVM_MP_STATE_RUNNABLE;
  kvm_xcrs xcrs{};
  xcrs.nr_xcrs = 1;
  xcrs.xcrs[0].value = 7;
  const bool has_avx = (kvm_.features() & abi::kFeatureAvx) != 0;
  if (::ioctl(processor_.get(), KVM_SET_VCPU_EVENTS, &events) != 0 ||
      ::ioctl(processor_.get(), KVM_SET_MP_STATE, &state) != 0 ||
      ::ioctl(processor_.get(), KVM_SET_SREGS, &special_) != 0 ||
      (has_avx && ::ioctl(processor_.get(), KVM_SET_XCRS, &xcrs) != 0)) {
    return os::fail_errno("reset a virtual processor", errno);
  }
  must_reset_processor_ = false;
  return {};
}

void KvmShell::set_registers(const kvm_regs& registers) {
  run_->s.regs.regs = registers;
  run_->s.regs.sregs = special_;
  run_->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
}

base::Status KvmShell::set_fpu(const FpuState& fpu) {
  const bool is_clean = fpu.words == clean_fpu_.words;
  if (is_clean && fpu_clean_) {
    return {};
  }
  fpu_clean_ = false;
  if (::ioctl(processor_.get(), kSetXsave, &fpu) != 0) {
    return os::fail_errno("set the FPU of a virtual processor", errno);
  }
  fpu_clean_ = is_clean;
  return {};
}

base::Status KvmShell::reset() {
  // Else the next guest's first run would end what the last one had begun, in its registers.
  SF_CHECKED(settle());
  if (must_reset_processor_) {
    SF_CHECKED(reset_processor());
  }
  for (const Doorbell& doorbell : doorbells_) {
    kvm_ioeventfd bell{};
    bell.addr = static_cast<std::uint64_t>(abi::Exit::kDoorbell) + doorbell.number;
    bell.len = 1;
    bell.fd = doorbell.event.get();
    bell.flags = KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DEASSIGN;
    if (::ioctl(machine_.get(), KVM_IOEVENTFD, &bell) != 0) {
      return os::fail_errno("disconnect a doorbell", errno);
    }
  }
  doorbells_.clear();
  return reset_windows();
}

base::Status KvmShell::wipe() {
  SF_CHECKED(reset());
  SF_CHECKED(take_back_changes());
  SF_CHECKED(set_fpu(clean_fpu_));
  set_registers({});
  return {};
}

base::Status KvmShell::warm_up() {
  SF_CHECKED(wipe());
  SF_CHECKED(clear_ram());
  std::memcpy(ram().data() + abi::kImageAt, kStub, sizeof kStub);
  set_registers(entry_registers(abi::kRamBase + abi::kImageAt, abi::kRamBase + size().ram.count()));
  SF_TRY(leave, run());
  if (leave.why != Leave::Why::kExit || leave.exit != abi::Exit::kReady) {
    return base::fail(base::ErrorCode::kUnsupported,
                      cat("this KVM does not run a guest of two instructions (exit reason ",
                          leave.kvm_reason, ")"))
        .try_this("superfluid doctor examines this host's KVM");
  }
  return wipe();
}

base::Status KvmShell::load(const ImageFile& image, std::string_view text) {
  const base::ByteCount needed = image.ram_min(text.size());
  if (needed > size().ram) {
    return base::fail(base::ErrorCode::kExhausted,
                      cat("image and configuration need ", base::to_string(needed),
                          " of memory; the function has ", base::to_string(size().ram)))
        .try_this("give it more with --memory");
  }
  SF_CHECKED(wipe());
  SF_CHECKED(clear_ram());
  std::memcpy(ram().data() + abi::kImageAt, image.bytes().data(), image.bytes().size());
  const base::ByteSpan place = place_text(text.size());
  std::ranges::copy(text, place.begin());
  set_registers(entry_registers(image.header().entry,
                                abi::kRamBase + abi::kImageAt + image.header().memory_bytes));
  return {};
}

base::Status KvmShell::enter(const Snapshot& snapshot) {
  SF_CHECKED(reset());
  is_ready_ = false;
  SF_CHECKED(lay_ram(snapshot));
  SF_CHECKED(set_fpu(snapshot.cpu.fpu));
  set_registers(snapshot.cpu.registers);
  adopt_page();
  return {};
}

base::Result<Leave> KvmShell::run() {
  fpu_clean_ = false;
  is_ready_ = false;
  settled_ = true;
  for (;;) {
    const int left = ::ioctl(processor_.get(), KVM_RUN, 0);
    if (left == 0) {
      return read_exit();
    }
    if (errno == EINTR || errno == EAGAIN) {
      // In this order: a kick in between is taken here, and costs one more look at the next run.
      std::atomic_ref(run_->immediate_exit).store(0);
      if (kicked_.exchange(false)) {
        return Leave{};
      }
      continue;
    }
    if (errno == EFAULT) {
      return crashed();  // memory that could not be had, where the guest touched it
    }
    return os::fail_errno("run a guest", errno);
  }
}

void KvmShell::kick() {
  kicked_ = true;
  std::atomic_ref(run_->immediate_exit).store(1);
}

Leave KvmShell::read_exit() {
  settled_ = run_->exit_reason != KVM_EXIT_IO;
  if (run_->exit_reason != KVM_EXIT_IO || run_->io.direction != KVM_EXIT_IO_OUT ||
      run_->io.size != 1 || run_->io.count != 1) {
    return crashed();
  }
  const auto exit = static_cast<abi::Exit>(run_->io.port);
  const bool known = run_->io.port <= 0xff && is_for_the_monitor(exit);
  is_ready_ = exit == abi::Exit::kReady;
  return known ? Leave{.why = Leave::Why::kExit,
                       .exit = exit,
                       .value = run_memory_.data()[run_->io.data_offset],
                       .kvm_reason = run_->exit_reason}
               : crashed();
}

Leave KvmShell::crashed() {
  must_reset_processor_ = true;
  Leave leave{.why = Leave::Why::kCrashed, .kvm_reason = run_->exit_reason};
  kvm_regs registers{};
  if (::ioctl(processor_.get(), KVM_GET_REGS, &registers) == 0) {
    leave.registers = registers;
  }
  return leave;
}

base::Status KvmShell::settle() {
  if (settled_) {
    return {};
  }
  std::atomic_ref(run_->immediate_exit).store(1);
  const int left = ::ioctl(processor_.get(), KVM_RUN, 0);
  std::atomic_ref(run_->immediate_exit).store(0);
  if (kicked_) {
    std::atomic_ref(run_->immediate_exit).store(1);  // the kick is for the next run
  }
  if (left != -1 || errno != EINTR) {
    return base::fail(base::ErrorCode::kFailed, "a guest ran when it was to stand still");
  }
  settled_ = true;
  return {};
}

base::Result<kvm_regs> KvmShell::registers() {
  SF_CHECKED(settle());
  kvm_regs registers{};
  if (::ioctl(processor_.get(), KVM_GET_REGS, &registers) != 0) {
    return os::fail_errno("read a guest's registers", errno);
  }
  return registers;
}

base::Result<Snapshot> KvmShell::standing() {
  Snapshot standing;
  SF_TRY(registers, this->registers());
  standing.cpu.registers = registers;
  if (is_ready_) {
    standing.cpu.fpu = clean_fpu_;  // so that no clone has to be given another
  } else if (::ioctl(processor_.get(), kGetXsave, &standing.cpu.fpu) != 0) {
    return os::fail_errno("read a guest's FPU", errno);
  }
  normalize(standing.cpu);
  standing.size = size();
  standing.clock_ns = clock_ns();
  return standing;
}

base::Result<Snapshot> KvmShell::take_snapshot() {
  SF_TRY(snapshot, standing());
  SF_TRY(memory, seal_copy(ram()));
  snapshot.memory = std::move(memory);
  return snapshot;
}

base::Result<std::vector<std::uint8_t>> KvmShell::take_difference() {
  SF_TRY(standing, this->standing());
  return difference(standing);
}

base::Result<std::uint64_t> KvmShell::enter_again(const Snapshot& image,
                                                  base::ByteView difference) {
  SF_CHECKED(enter(image));
  mark_changed();
  Snapshot standing;
  standing.size = size();
  SF_CHECKED(apply_difference(difference, ram(), standing, monotonic_ns()));
  SF_CHECKED(set_fpu(standing.cpu.fpu));
  set_registers(standing.cpu.registers);
  adopt_page();
  return standing.clock_ns;
}

base::Status KvmShell::connect_doorbell(std::uint32_t doorbell, int event_fd) {
  base::check(doorbell < abi::kDoorbellsMax, "a guest has so many doorbells");
  os::UniqueFd ours(::fcntl(event_fd, F_DUPFD_CLOEXEC, 0));
  kvm_ioeventfd bell{};
  bell.addr = static_cast<std::uint64_t>(abi::Exit::kDoorbell) + doorbell;
  bell.len = 1;
  bell.fd = event_fd;
  bell.flags = KVM_IOEVENTFD_FLAG_PIO;
  if (!ours || ::ioctl(machine_.get(), KVM_IOEVENTFD, &bell) != 0) {
    return os::fail_errno("connect a doorbell", errno);
  }
  doorbells_.push_back({doorbell, std::move(ours)});
  return {};
}

base::Result<Shells> open_kvm_shells() {
  SF_TRY(kvm, Kvm::open());
  ShellFactory make = [kvm = std::make_shared<Kvm>(std::move(kvm))](
                          const ShellSize& size) -> base::Result<std::unique_ptr<Shell>> {
    SF_TRY(shell, KvmShell::create(*kvm, size));
    return shell;
  };
  return Shells{.make = std::move(make), .guests_in = GuestsIn::kMachines};
}

}  // namespace superfluid::vmm
