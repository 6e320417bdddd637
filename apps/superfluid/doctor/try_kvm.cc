// SPDX-License-Identifier: Apache-2.0
// The smallest microVM that says how fast this host leaves and enters a guest.
//
// The guest is one loop around `out %al, $0x10`. It runs as every guest of this project does: in 64
// bit mode at privilege level 3, with page tables of its own, and with both ways of being allowed a
// port write that the KVMs in the field ask for (I/O privilege level 3, and a task segment whose
// permission bitmap is open). No interrupt controller, no descriptor tables, no firmware.
//
// It runs in a child process (doctor/in_child.h): a KVM that never returns costs a deadline.

#include <fcntl.h>
#include <linux/kvm.h>  // rules: allow home: the doctor tries KVM in the smallest way there is
#include <sys/ioctl.h>
#include <sys/mman.h>  // rules: allow home: the same trial maps its five pages

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/clock.h"
#include "superfluid/doctor/in_child.h"

namespace superfluid::doctor {
namespace {

constexpr base::Duration kTrialLimit = base::seconds(5);
constexpr std::uint64_t kMeasureNs = 200'000'000;
constexpr std::uint32_t kExitsMax = 2000;
constexpr std::uint32_t kWantedApiVersion = 12;

// Guest memory: five pages at 2 MiB, seen by the guest at the same addresses.
constexpr std::uint64_t kBase = 0x200000;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kCode = kBase;
constexpr std::uint64_t kPml4 = kBase + 1 * kPage;
constexpr std::uint64_t kPdpt = kBase + 2 * kPage;
constexpr std::uint64_t kDirectory = kBase + 3 * kPage;
constexpr std::uint64_t kTaskSegment = kBase + 4 * kPage;
constexpr std::uint64_t kMemoryBytes = 5 * kPage;

constexpr std::uint8_t kPort = 0x10;
constexpr std::uint8_t kGuest[] = {0xe6, kPort, 0xeb, 0xfc};  // 1: out %al, $0x10; jmp 1b

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(os::SystemClock().now().since_start().count());
}

// The kernel's list of processor features, large enough for every processor there is. Its type ends
// in a flexible array, so the room for the entries stands behind it.
struct Cpuid {
  std::uint32_t count = 256;
  std::uint32_t padding = 0;
  std::array<kvm_cpuid_entry2, 256> entries{};
};
constexpr unsigned long kGetSupportedCpuid = _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x05, 8);
constexpr unsigned long kSetCpuid = _IOC(_IOC_WRITE, KVMIO, 0x90, 8);

class MicroVm {
 public:
  KvmTrial run() {
    (void)(open_device() && create() && add_memory() && add_vcpu() && set_state() && measure());
    return trial_;
  }

 private:
  bool failed() {
    trial_.error = errno;
    return false;
  }

  bool open_device() {
    trial_.reached = KvmTrial::Step::kOpen;
    device_ = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (device_ < 0) {
      return failed();
    }
    trial_.reached = KvmTrial::Step::kVersion;
    const int version = ioctl(device_, KVM_GET_API_VERSION, 0);
    if (version < 0) {
      return failed();
    }
    trial_.api_version = static_cast<std::uint32_t>(version);
    return trial_.api_version == kWantedApiVersion;
  }

  bool create() {
    trial_.reached = KvmTrial::Step::kCreateVm;
    started_ns_ = now_ns();
    vm_ = ioctl(device_, KVM_CREATE_VM, 0);
    trial_.create_ns = now_ns() - started_ns_;
    return vm_ >= 0 || failed();
  }

  bool add_memory() {
    trial_.reached = KvmTrial::Step::kMemory;
    void* mapped =
        mmap(nullptr, kMemoryBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
      return failed();
    }
    memory_ = static_cast<std::uint8_t*>(mapped);
    std::memcpy(memory_ + (kCode - kBase), kGuest, sizeof kGuest);
    // Present, writable, user, accessed, dirty: a processor has nothing left to write here.
    constexpr std::uint64_t kFlags = 0x67;
    constexpr std::uint64_t kLarge = 0x80;
    put(kPml4, 0, kPdpt | kFlags);
    put(kPdpt, 0, kDirectory | kFlags);
    put(kDirectory, kBase >> 21, kBase | kFlags | kLarge);
    // The bitmap begins where the task segment says; zero bits allow, as the memory already is.
    memory_[kTaskSegment - kBase + 102] = 104;
    kvm_userspace_memory_region region{};
    region.guest_phys_addr = kBase;
    region.memory_size = kMemoryBytes;
    region.userspace_addr = reinterpret_cast<std::uint64_t>(memory_);
    return ioctl(vm_, KVM_SET_USER_MEMORY_REGION, &region) == 0 || failed();
  }

  void put(std::uint64_t table, std::uint64_t index, std::uint64_t entry) {
    std::memcpy(memory_ + (table - kBase) + index * sizeof entry, &entry, sizeof entry);
  }

  bool add_vcpu() {
    trial_.reached = KvmTrial::Step::kCreateVcpu;
    vcpu_ = ioctl(vm_, KVM_CREATE_VCPU, 0);
    const int size = ioctl(device_, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (vcpu_ < 0 || size < 0) {
      return failed();
    }
    void* mapped =
        mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu_, 0);
    if (mapped == MAP_FAILED) {
      return failed();
    }
    shared_ = static_cast<kvm_run*>(mapped);
    return true;
  }

  bool set_state() {
    trial_.reached = KvmTrial::Step::kState;
    static Cpuid cpuid;
    kvm_sregs special{};
    if (ioctl(device_, kGetSupportedCpuid, &cpuid) != 0 || ioctl(vcpu_, kSetCpuid, &cpuid) != 0 ||
        ioctl(vcpu_, KVM_GET_SREGS, &special) != 0) {
      return failed();
    }
    special.cr0 = 0x80010033;  // paging, write protection, protected mode, FPU
    special.cr3 = kPml4;
    special.cr4 = 0x620;   // PAE and SSE
    special.efer = 0xd00;  // 64 bit, no-execute; no system calls
    kvm_segment code{};
    code.limit = 0xffffffff;
    code.selector = 0x33;
    code.type = 11;
    code.present = code.s = code.l = code.g = 1;
    code.dpl = 3;
    kvm_segment data = code;
    data.selector = 0x2b;
    data.type = 3;
    data.l = 0;
    data.db = 1;
    special.cs = code;
    special.ds = special.es = special.fs = special.gs = special.ss = data;
    special.tr = {};
    special.tr.base = kTaskSegment;
    special.tr.limit = 0x1ff;
    special.tr.selector = 0x40;
    special.tr.type = 11;
    special.tr.present = 1;
    special.ldt = {};
    special.ldt.unusable = 1;
    special.gdt = {};
    special.idt = {};
    kvm_regs general{};
    general.rip = kCode;
    general.rflags = 0x3002;  // I/O privilege level 3
    return (ioctl(vcpu_, KVM_SET_SREGS, &special) == 0 &&
            ioctl(vcpu_, KVM_SET_REGS, &general) == 0) ||
           failed();
  }

  bool measure() {
    trial_.reached = KvmTrial::Step::kRun;
    static std::array<std::uint64_t, kExitsMax> taken;
    const std::uint64_t begin = now_ns();
    std::uint64_t before = begin;
    for (bool first = true; trial_.exits < kExitsMax && before - begin < kMeasureNs;
         first = false) {
      const int left = ioctl(vcpu_, KVM_RUN, 0);
      const std::uint64_t after = now_ns();
      if (left != 0) {
        if (errno == EINTR) {
          continue;
        }
        return failed();
      }
      if (shared_->exit_reason != KVM_EXIT_IO || shared_->io.port != kPort) {
        trial_.exit_reason = shared_->exit_reason;
        return false;
      }
      if (first) {
        trial_.start_ns =
            after - started_ns_;  // builds what the later exits reuse: not one of them
      } else {
        taken[trial_.exits++] = after - before;
      }
      before = after;
    }
    if (trial_.exits == 0) {
      trial_.error = kTookTooLong;
      return false;
    }
    std::sort(taken.begin(), taken.begin() + trial_.exits);
    trial_.exit_ns_p50 = taken[trial_.exits / 2];
    trial_.exit_ns_min = taken[0];
    trial_.reached = KvmTrial::Step::kDone;
    return true;
  }

  // Closed by the end of the child.
  int device_ = -1;
  int vm_ = -1;
  int vcpu_ = -1;
  std::uint8_t* memory_ = nullptr;
  kvm_run* shared_ = nullptr;
  std::uint64_t started_ns_ = 0;
  KvmTrial trial_;
};

}  // namespace

KvmTrial LiveHost::try_kvm() const {
  const auto trial = in_child<KvmTrial>(kTrialLimit, [] { return MicroVm().run(); });
  if (trial) {
    return *trial;
  }
  // A child that hung or died did so inside KVM; any other error kept it from starting.
  const bool started = trial.error() == kTookTooLong || trial.error() == kDied;
  return {.reached = started ? KvmTrial::Step::kRun : KvmTrial::Step::kStart,
          .error = trial.error()};
}

}  // namespace superfluid::doctor
