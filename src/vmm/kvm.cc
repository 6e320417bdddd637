// SPDX-License-Identifier: Apache-2.0
// The state below was found by measurement, on a KVM with hardware help (kvm_amd) and on one
// without, and is what works on both:
//   - `out` at privilege level 3 is allowed twice over, by the I/O privilege level and by the
//     permission bitmap of a task segment: the one without hardware help looks at the bitmap alone,
//     and reads it by its *guest* address, so that it must be mapped.
//   - `syscall` has to be harmless even where EFER.SCE is not looked at: LSTAR, its target, is an
//     address that is never mapped, and so is page 0 (vmm/kvm_shell.cc sets the former).
//   - All accessed and dirty bits of the tables are set, so that no processor writes there.
#include "vmm/kvm.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "abi/machine.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/memfd.h"

namespace superfluid::vmm {
namespace {

constexpr int kApiVersion = 12;
// The macro would take the size of the flexible array's type for the size of what is passed.
constexpr unsigned long kGetSupportedCpuid = _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x05, 8);

// Of a table's entry.
constexpr std::uint64_t kPresent = 1 << 0;
constexpr std::uint64_t kWritable = 1 << 1;
constexpr std::uint64_t kUser = 1 << 2;
constexpr std::uint64_t kTouched = 1 << 5 | 1 << 6;  // accessed, dirty
constexpr std::uint64_t kLarge = 1 << 7;

constexpr std::size_t kEntries = 512;
constexpr std::uint64_t kTaskSegmentAt = 3 * abi::kPageBytes;
// Where the first GiB ends, the tables' own page is seen by the guest's processor alone.
constexpr std::uint64_t kTablesSeenAt = abi::kRangeEnd;

constexpr std::size_t kBitmapPointerAt = 102;  // in a task segment
constexpr std::size_t kBitmapAt = 104;
constexpr std::uint32_t kTaskSegmentLimit = 0x1ff;

using Tables = std::array<std::uint8_t, Kvm::kTablesBytes>;

void put(Tables& tables, std::size_t table, std::size_t index, std::uint64_t entry) {
  std::memcpy(tables.data() + table * abi::kPageBytes + index * sizeof entry, &entry, sizeof entry);
}

// Zero bits allow a port: those of abi::Exit, and no other.
void write_task_segment(std::uint8_t* segment) {
  segment[kBitmapPointerAt] = kBitmapAt;
  std::memset(segment + kBitmapAt, 0xff, kTaskSegmentLimit + 1 - kBitmapAt);
  constexpr unsigned kFirst = static_cast<unsigned>(abi::Exit::kReady);
  constexpr unsigned kEnd = static_cast<unsigned>(abi::Exit::kDoorbell) + abi::kDoorbellsMax;
  for (unsigned port = kFirst; port < kEnd; ++port) {
    segment[kBitmapAt + port / 8] &= static_cast<std::uint8_t>(~(1u << port % 8));
  }
}

base::Result<os::UniqueFd> make_tables() {
  Tables tables{};
  constexpr std::uint64_t kTable = kPresent | kWritable | kUser | kTouched;
  put(tables, 0, 0, (abi::kTablesAt + 1 * abi::kPageBytes) | kTable);
  put(tables, 1, 0, (abi::kTablesAt + 2 * abi::kPageBytes) | kTable);
  for (std::uint64_t at = abi::kRamBase; at < abi::kRangeEnd; at += abi::kLargePageBytes) {
    put(tables, 2, at / abi::kLargePageBytes, at | kTable | kLarge);
  }
  static_assert(kTablesSeenAt / abi::kLargePageBytes == kEntries - 1);
  put(tables, 2, kEntries - 1, abi::kTablesAt | kPresent | kTouched | kLarge);
  write_task_segment(tables.data() + kTaskSegmentAt);
  SF_TRY(memfd, os::create_memfd("page-tables", base::bytes(tables.size())));
  SF_CHECKED(os::write_all(memfd.get(), tables));
  SF_CHECKED(os::seal(memfd, os::Seals::kContent));
  return memfd;
}

kvm_segment segment_of(std::uint16_t selector, std::uint8_t type) {
  kvm_segment segment{};
  segment.limit = 0xffffffff;
  segment.selector = selector;
  segment.type = type;
  segment.present = segment.s = segment.g = 1;
  segment.dpl = 3;
  return segment;
}

// What the processor and KVM together keep for a guest.
std::uint32_t features_of(const CpuidTable& cpuid) {
  constexpr std::uint32_t kLeaf1Xsave = 1u << 26;
  constexpr std::uint32_t kLeaf1Avx = 1u << 28;
  constexpr std::uint32_t kLeaf7Avx2 = 1u << 5;
  std::uint32_t features = 0;
  bool avx2 = false;
  for (std::size_t i = 0; i < cpuid.count && i < cpuid.entries.size(); ++i) {
    const kvm_cpuid_entry2& entry = cpuid.entries[i];
    if (entry.function == 1 && (entry.ecx & kLeaf1Xsave) != 0 && (entry.ecx & kLeaf1Avx) != 0) {
      features |= abi::kFeatureAvx;
    }
    avx2 |= entry.function == 7 && entry.index == 0 && (entry.ebx & kLeaf7Avx2) != 0;
  }
  if (features != 0 && avx2) {
    features |= abi::kFeatureAvx2;
  }
  return features;
}

}  // namespace

base::Result<Kvm> Kvm::open() {
  os::UniqueFd fd(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!fd) {
    const int number = errno;
    base::Error error = os::errno_error("open /dev/kvm", number);
    if (number == EACCES || number == EPERM) {
      return base::pass(std::move(error).try_this(
          "become root or a member of the group that owns /dev/kvm, usually kvm"));
    }
    return base::pass(base::Error(base::ErrorCode::kUnsupported, "this host offers no KVM")
                          .caused_by(std::move(error))
                          .try_this("superfluid doctor says why"));
  }
  Kvm kvm(std::move(fd));
  SF_CHECKED(kvm.ask());
  SF_TRY(tables, make_tables());
  kvm.tables_ = std::move(tables);
  return kvm;
}

base::Status Kvm::ask() {
  const int version = ::ioctl(fd_.get(), KVM_GET_API_VERSION, 0);
  if (version != kApiVersion) {
    return base::fail(base::ErrorCode::kUnsupported, "/dev/kvm does not speak version 12 of KVM");
  }
  constexpr int kSync = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
  if ((::ioctl(fd_.get(), KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS) & kSync) != kSync ||
      ::ioctl(fd_.get(), KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT) <= 0 ||
      ::ioctl(fd_.get(), KVM_CHECK_EXTENSION, KVM_CAP_IOEVENTFD) <= 0) {
    return base::fail(base::ErrorCode::kUnsupported,
                      "this KVM lacks synchronised registers, immediate exits or doorbells")
        .try_this("a kernel of version 4.18 or newer has them");
  }
  const int run_bytes = ::ioctl(fd_.get(), KVM_GET_VCPU_MMAP_SIZE, 0);
  if (run_bytes <= 0 || ::ioctl(fd_.get(), kGetSupportedCpuid, &cpuid_) != 0) {
    return os::fail_errno("ask /dev/kvm for its features", errno);
  }
  run_bytes_ = static_cast<std::size_t>(run_bytes);
  features_ = features_of(cpuid_);
  return {};
}

kvm_sregs guest_special_registers(const kvm_sregs& initial, std::uint32_t features) {
  constexpr std::uint64_t kCr4Osxsave = 1 << 18;
  kvm_sregs special = initial;
  special.cr0 = 0x80010033;  // paging, write protection, protected mode, FPU
  special.cr3 = abi::kTablesAt;
  special.cr4 = 0x620;  // PAE, SSE and its exceptions
  if ((features & abi::kFeatureAvx) != 0) {
    special.cr4 |= kCr4Osxsave;
  }
  special.efer = 0xd00;  // 64 bit, no-execute; no system calls
  special.cs = segment_of(0x33, 11);
  special.cs.l = 1;
  kvm_segment data = segment_of(0x2b, 3);
  data.db = 1;
  special.ds = special.es = special.fs = special.gs = special.ss = data;
  special.tr = {};
  special.tr.base = kTablesSeenAt + kTaskSegmentAt;
  special.tr.limit = kTaskSegmentLimit;
  special.tr.selector = 0x40;
  special.tr.type = 11;
  special.tr.present = 1;
  special.ldt = {};
  special.ldt.unusable = 1;
  special.gdt = {};
  special.idt = {};
  return special;
}

}  // namespace superfluid::vmm
