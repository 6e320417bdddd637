// SPDX-License-Identifier: Apache-2.0
#include "vmm/snapshot.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "abi/machine.h"
#include "os/errno.h"
#include "os/memfd.h"
#include "vmm/kvm.h"

namespace superfluid::vmm {
namespace {

constexpr std::size_t kPage = abi::kPageBytes;

// What arithmetic leaves, and the direction of string instructions.
constexpr std::uint64_t kFlagsOfGuests = 0x8d5 | 1 << 10;
// The parts that XCR0 enables here, in the word of an FPU's state that says which are there.
constexpr std::uint32_t kPartsOfGuests = 7;
constexpr std::size_t kPartsAt = 512 / sizeof(std::uint32_t);

base::Status write_at(int fd, base::ByteView bytes, std::size_t at) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return os::fail_errno("copy a guest's memory", written < 0 ? errno : ENOSPC);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::size_t>(written);
  }
  return {};
}

}  // namespace

bool is_zero(base::ByteView page) {
  static constexpr std::uint8_t kZeros[kPage] = {};
  return std::memcmp(page.data(), kZeros, page.size()) == 0;
}

base::Result<os::UniqueFd> seal_copy(base::ByteView memory) {
  SF_TRY(memfd, os::create_memfd("guest", base::bytes(memory.size())));
  for (std::size_t at = 0; at < memory.size();) {
    std::size_t end = at;
    while (end < memory.size() && !is_zero(memory.subspan(end, kPage))) {
      end += kPage;
    }
    SF_CHECKED(write_at(memfd.get(), memory.subspan(at, end - at), at));
    at = end + kPage;
  }
  SF_CHECKED(os::seal(memfd, os::Seals::kContent));
  return memfd;
}

void normalize(FpuState& fpu) {
  fpu.words[kPartsAt] &= kPartsOfGuests;
  fpu.words[kPartsAt + 1] = 0;
}

void normalize(CpuState& cpu) {
  cpu.registers.rflags = (cpu.registers.rflags & kFlagsOfGuests) | kGuestFlags;
  normalize(cpu.fpu);
}

base::Status check_cpu(const CpuState& cpu) {
  CpuState normal = cpu;
  normalize(normal);
  if (normal.registers.rflags != cpu.registers.rflags || normal.fpu.words != cpu.fpu.words) {
    return base::fail(base::ErrorCode::kCorrupt,
                      "the snapshot's processor is in a state that no guest can be in");
  }
  return {};
}

}  // namespace superfluid::vmm
