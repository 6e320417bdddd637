// SPDX-License-Identifier: Apache-2.0
#include "vmm/shell.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/memfd.h"
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

std::uint64_t read_tsc() { return __builtin_ia32_rdtsc(); }

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

// The guest may write these words at the same time, and reads them as they are.
template <typename T>
void put(T& word, T value) {
  std::atomic_ref<T>(word).store(value, std::memory_order_release);
}

}  // namespace

std::uint64_t ShellSize::range_bytes() const { return window_address(ports) - abi::kRamBase; }

std::uint64_t ShellSize::window_address(std::uint32_t port) const {
  return abi::kRamBase + ram.count() + port * abi::window_bytes(slots);
}

base::Result<ImageFile> ImageFile::parse(base::ByteView file) {
  const auto corrupt = [](std::string_view what) {
    return base::fail(base::ErrorCode::kCorrupt, cat("guest image: ", what));
  };
  abi::ImageHeader header;
  if (file.size() < sizeof header || file.size() > kBytesMax.count()) {
    return corrupt("its size is impossible");
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != abi::kImageMagic) {
    return corrupt("it is none");
  }
  if (header.version != abi::kAbiVersion) {
    return base::fail(base::ErrorCode::kUnsupported,
                      cat("guest image: made for version ", header.version,
                          " of the machine, this is version ", abi::kAbiVersion))
        .try_this("install the image that was built with this program");
  }
  constexpr std::uint64_t kLoadedAt = abi::kRamBase + abi::kImageAt;
  if (header.file_bytes != file.size() || header.memory_bytes < file.size() ||
      header.memory_bytes > abi::kRamBytesMax - abi::kImageAt || header.entry < kLoadedAt ||
      header.entry >= kLoadedAt + file.size()) {
    return corrupt("its header does not fit its bytes");
  }
  return ImageFile(file, header);
}

base::ByteCount ImageFile::ram_min(std::size_t text_bytes) const {
  return base::bytes(abi::kImageAt + abi::whole_pages(header_.memory_bytes) +
                     abi::whole_pages(text_bytes));
}

base::Result<std::unique_ptr<Shell>> Shell::create(const Kvm& kvm, const ShellSize& size) {
  const std::uint64_t ram = size.ram.count();
  if (ram < abi::kRamBytesMin || ram > abi::kRamBytesMax || ram % abi::kPageBytes != 0) {
    return base::fail(base::ErrorCode::kInvalid,
                      cat("a function cannot have ", base::to_string(size.ram), " of memory"))
        .try_this(cat(base::to_string(base::bytes(abi::kRamBytesMin)), " to ",
                      base::to_string(base::bytes(abi::kRamBytesMax)), " in steps of 4KiB"));
  }
  if (size.ports > abi::kPortsMax || !abi::is_ring_size(size.slots) ||
      abi::kRamBase + size.range_bytes() > abi::kRangeEnd) {
    return base::fail(base::ErrorCode::kInvalid,
                      cat(size.ports, " ports with rings of ", size.slots,
                          " slots do not fit behind ", base::to_string(size.ram), " of memory"));
  }
  // rules: allow new-delete: make_unique has no way to the private constructor
  std::unique_ptr<Shell> shell(new Shell(kvm, size));
  SF_CHECKED(shell->make_machine());
  SF_CHECKED(shell->make_processor());
  return shell;
}

// The machine goes before the memory that it uses.
Shell::~Shell() {
  run_memory_ = {};
  processor_.reset();
  machine_.reset();
}

base::Status Shell::make_machine() {
  SF_TRY(range, os::Mapping::anonymous(size_.range_bytes(), {.reserve = false}));
  range_ = std::move(range);
  SF_TRY(tables, os::Mapping::of_fd(kvm_.tables(), 0, Kvm::kTablesBytes,
                                    {.access = os::Mapping::Access::kReadWrite,
                                     .sharing = os::Mapping::Sharing::kPrivate}));
  tables_ = std::move(tables);
  machine_.reset(::ioctl(kvm_.fd(), KVM_CREATE_VM, 0));
  if (!machine_) {
    return os::fail_errno("create a machine", errno);
  }
  SF_CHECKED(add_memory(kRamSlot, abi::kRamBase, range_));
  return add_memory(kTablesSlot, abi::kTablesAt, tables_);
}

base::Status Shell::add_memory(std::uint32_t slot, std::uint64_t address,
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

base::Status Shell::make_processor() {
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
  special_ = guest_special_registers(initial, kvm_.features());
  struct {
    std::uint32_t count = 2;
    std::uint32_t padding = 0;
    kvm_msr_entry entries[2] = {{.index = kMsrStar, .reserved = 0, .data = kUserSelectors},
                                {.index = kMsrLstar, .reserved = 0, .data = kNowhere}};
  } msrs;
  if (::ioctl(processor_.get(), kSetMsrs, &msrs) != 2) {
    return os::fail_errno("close the way of system calls", errno);
  }
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
  clock_mult_ = (kNsPerMillisecond << 32) / static_cast<std::uint64_t>(khz);
  return reset_processor();
}

// To what a new one is; special registers follow with the general ones, at the next run.
base::Status Shell::reset_processor() {
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

void Shell::set_registers(const kvm_regs& registers) {
  run_->s.regs.regs = registers;
  run_->s.regs.sregs = special_;
  run_->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
}

base::Status Shell::set_fpu(const FpuState& fpu) {
  if (::ioctl(processor_.get(), kSetXsave, &fpu) != 0) {
    return os::fail_errno("set the FPU of a virtual processor", errno);
  }
  return {};
}

base::Status Shell::reset() {
  // Else the next guest's first run would end what the last one had begun, in its registers.
  SF_CHECKED(settle());
  if (must_reset_processor_) {
    SF_CHECKED(reset_processor());
  }
  for (std::uint32_t port = 0; windows_used_ != 0; ++port) {
    const std::uint32_t bit = 1u << port;
    if ((windows_used_ & bit) != 0) {
      const std::uint64_t at = size_.window_address(port) - abi::kRamBase;
      SF_CHECKED(range_.replace(at, abi::window_bytes(size_.slots), {.reserve = false}));
      windows_used_ &= ~bit;
    }
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
  page_ = {};
  return {};
}

base::Status Shell::wipe() {
  SF_CHECKED(reset());
  SF_CHECKED(range_.replace(0, size_.ram.count(), {.reserve = false}));
  if (!fpu_clean_) {
    SF_CHECKED(set_fpu(clean_fpu_));
    fpu_clean_ = true;
  }
  set_registers({});
  return {};
}

base::Status Shell::warm_up() {
  SF_CHECKED(wipe());
  std::memcpy(ram().data() + abi::kImageAt, kStub, sizeof kStub);
  set_registers(entry_registers(abi::kRamBase + abi::kImageAt, abi::kRamBase + size_.ram.count()));
  SF_TRY(leave, run());
  if (leave.why != Leave::Why::kExit || leave.exit != abi::Exit::kReady) {
    return base::fail(base::ErrorCode::kUnsupported,
                      cat("this KVM does not run a guest of two instructions (exit reason ",
                          leave.kvm_reason, ")"))
        .try_this("superfluid doctor examines this host's KVM");
  }
  return wipe();
}

base::Status Shell::load(const ImageFile& image, std::string_view text) {
  const base::ByteCount needed = image.ram_min(text.size());
  if (needed > size_.ram) {
    return base::fail(base::ErrorCode::kExhausted,
                      cat("image and configuration need ", base::to_string(needed),
                          " of memory; the function has ", base::to_string(size_.ram)))
        .try_this("give it more with --memory");
  }
  SF_CHECKED(wipe());
  std::memcpy(ram().data() + abi::kImageAt, image.bytes().data(), image.bytes().size());
  const std::uint64_t text_at = size_.ram.count() - abi::whole_pages(text.size());
  if (!text.empty()) {
    std::memcpy(ram().data() + text_at, text.data(), text.size());
  }
  page_.text_address = abi::kRamBase + text_at;
  page_.text_bytes = text.size();
  set_registers(entry_registers(image.header().entry,
                                abi::kRamBase + abi::kImageAt + image.header().memory_bytes));
  return {};
}

base::Status Shell::enter(const Snapshot& snapshot) {
  base::check(snapshot.size == size_, "a snapshot lives in shells of its own size");
  SF_CHECKED(reset());
  SF_CHECKED(range_.replace(
      0, size_.ram.count(), snapshot.memory.get(), 0,
      {.access = os::Mapping::Access::kReadWrite, .sharing = os::Mapping::Sharing::kPrivate}));
  SF_CHECKED(set_fpu(snapshot.cpu.fpu));
  set_registers(snapshot.cpu.registers);
  std::memcpy(&page_, ram().data() + abi::kDevicePageAt, sizeof page_);
  return {};
}

void Shell::begin(const abi::DevicePage& page, std::uint64_t clock_ns) {
  const std::uint64_t text_address = page_.text_address;
  const std::uint64_t text_bytes = page_.text_bytes;
  const std::uint32_t incarnation = page_.incarnation + 1;
  const abi::Live live = page_.live;
  page_ = page;
  page_.magic = abi::kDeviceMagic;
  page_.version = abi::kAbiVersion;
  page_.bytes = sizeof page_;
  page_.incarnation = incarnation;
  page_.features = kvm_.features();
  page_.ram_bytes = size_.ram.count();
  page_.text_address = text_address;
  page_.text_bytes = text_bytes;
  page_.live = live;
  page_.port_count = std::min(page_.port_count, size_.ports);
  for (std::uint32_t port = 0; port < page_.port_count; ++port) {
    page_.ports[port].slots = size_.slots;
    page_.ports[port].window = size_.window_address(port);
    page_.ports[port].window_bytes = abi::window_bytes(size_.slots);
  }
  windows_used_ |= (1u << page_.port_count) - 1;
  page_.clock_mult = clock_mult_;
  page_.clock_base_ns = clock_ns;
  page_.epoch_base_ns = static_cast<std::uint64_t>(os::SystemClock().since_epoch().count());
  page_.clock_base_tsc = read_tsc();
  std::memcpy(ram().data() + abi::kDevicePageAt, &page_, sizeof page_);
}

std::uint64_t Shell::clock_ns() const {
  const std::uint64_t ticks = read_tsc() - page_.clock_base_tsc;
  // In two halves, each of which stays within 64 bits for years of ticks.
  const std::uint64_t high = (ticks >> 32) * page_.clock_mult;
  const std::uint64_t low = (ticks & 0xffffffff) * page_.clock_mult >> 32;
  return page_.clock_base_ns + high + low;
}

std::uint64_t Shell::monotonic_of(std::uint64_t guest_ns) const {
  const auto now = static_cast<std::uint64_t>(os::SystemClock().now().since_start().count());
  const std::uint64_t guest_now = clock_ns();
  return guest_ns <= guest_now ? now : now + std::min(guest_ns - guest_now, ~now);
}

base::Result<Leave> Shell::run() {
  fpu_clean_ = false;
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

void Shell::kick() {
  kicked_ = true;
  std::atomic_ref(run_->immediate_exit).store(1);
}

Leave Shell::read_exit() {
  settled_ = run_->exit_reason != KVM_EXIT_IO;
  if (run_->exit_reason != KVM_EXIT_IO || run_->io.direction != KVM_EXIT_IO_OUT ||
      run_->io.size != 1 || run_->io.count != 1) {
    return crashed();
  }
  const auto exit = static_cast<abi::Exit>(run_->io.port);
  const bool known = run_->io.port <= 0xff && is_for_the_monitor(exit);
  return known ? Leave{.why = Leave::Why::kExit,
                       .exit = exit,
                       .value = run_memory_.data()[run_->io.data_offset],
                       .kvm_reason = run_->exit_reason}
               : crashed();
}

Leave Shell::crashed() {
  must_reset_processor_ = true;
  Leave leave{.why = Leave::Why::kCrashed, .kvm_reason = run_->exit_reason};
  kvm_regs registers{};
  if (::ioctl(processor_.get(), KVM_GET_REGS, &registers) == 0) {
    leave.registers = registers;
  }
  return leave;
}

base::Status Shell::settle() {
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

base::Result<kvm_regs> Shell::registers() {
  SF_CHECKED(settle());
  kvm_regs registers{};
  if (::ioctl(processor_.get(), KVM_GET_REGS, &registers) != 0) {
    return os::fail_errno("read a guest's registers", errno);
  }
  return registers;
}

base::Result<Snapshot> Shell::standing() {
  Snapshot standing;
  SF_TRY(registers, this->registers());
  standing.cpu.registers = registers;
  if (::ioctl(processor_.get(), kGetXsave, &standing.cpu.fpu) != 0) {
    return os::fail_errno("read a guest's FPU", errno);
  }
  normalize(standing.cpu);
  standing.size = size_;
  standing.clock_ns = clock_ns();
  return standing;
}

base::Result<Snapshot> Shell::take_snapshot() {
  SF_TRY(snapshot, standing());
  SF_TRY(memory, seal_copy(ram()));
  snapshot.memory = std::move(memory);
  return snapshot;
}

base::Result<std::vector<std::uint8_t>> Shell::take_difference(const Snapshot& image) {
  SF_TRY(standing, this->standing());
  SF_TRY(memory, os::Mapping::of_fd(image.memory.get(), 0, size_.ram.count(), {}));
  return encode_difference(ram(), memory.bytes(), standing);
}

base::Result<std::uint64_t> Shell::enter_again(const Snapshot& image, base::ByteView difference) {
  SF_CHECKED(enter(image));
  Snapshot standing;
  standing.size = size_;
  SF_CHECKED(apply_difference(difference, ram(), standing));
  SF_CHECKED(set_fpu(standing.cpu.fpu));
  set_registers(standing.cpu.registers);
  std::memcpy(&page_, ram().data() + abi::kDevicePageAt, sizeof page_);
  return standing.clock_ns;
}

base::ByteSpan Shell::window(std::uint32_t port) const {
  base::check(port < size_.ports, "a shell has the windows that it was made with");
  return range_.writable().subspan(size_.window_address(port) - abi::kRamBase,
                                   abi::window_bytes(size_.slots));
}

abi::GuestPage Shell::guest_page() const {
  abi::GuestPage page;
  std::memcpy(&page, ram().data() + abi::kGuestPageAt, sizeof page);
  return page;
}

abi::Live& Shell::live() const {
  return reinterpret_cast<abi::DevicePage*>(ram().data() + abi::kDevicePageAt)->live;
}

void Shell::set_console_taken(std::uint32_t bytes) {
  page_.live.console_taken = bytes;
  put(live().console_taken, bytes);
}

void Shell::set_mailbox(std::uint32_t request, std::uint32_t fragment) {
  page_.live.mailbox_request = request;
  page_.live.mailbox_fragment = fragment;
  put(live().mailbox_fragment, fragment);
  put(live().mailbox_request, request);
}

base::Status Shell::share_window(std::uint32_t port, int memfd) {
  const std::uint64_t bytes = abi::window_bytes(size_.slots);
  SF_TRY(there, os::size_of(memfd));
  if (port >= size_.ports || there.count() != bytes || !os::has_seals(memfd, os::Seals::kSize)) {
    return base::fail(base::ErrorCode::kInvalid, "this memory cannot be a port's window");
  }
  windows_used_ |= 1u << port;
  return range_.replace(size_.window_address(port) - abi::kRamBase, bytes, memfd, 0,
                        {.access = os::Mapping::Access::kReadWrite});
}

base::Status Shell::connect_doorbell(std::uint32_t doorbell, int event_fd) {
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

}  // namespace superfluid::vmm
