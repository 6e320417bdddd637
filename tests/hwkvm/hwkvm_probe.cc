// SPDX-License-Identifier: Apache-2.0
// Whether the emulated machine is what tools/hwkvm promises: a kvm_amd that runs a guest. Two
// instructions in real mode; the exit status is 0 only when the guest's byte came out.

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::uint8_t kGuest[] = {0xb0, 0x2a, 0xe6, 0x10};  // mov $42, %al; out %al, $0x10

int fail(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

int main() {
  const int kvm = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0 || ::ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
    return fail("open /dev/kvm");
  }
  const int machine = ::ioctl(kvm, KVM_CREATE_VM, 0);
  void* memory =
      ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (machine < 0 || memory == MAP_FAILED) {
    return fail("create a machine");
  }
  std::memcpy(memory, kGuest, sizeof kGuest);
  const kvm_userspace_memory_region region{
      .slot = 0,
      .flags = 0,
      .guest_phys_addr = 0,
      .memory_size = kPageBytes,
      .userspace_addr = reinterpret_cast<std::uintptr_t>(memory)};
  if (::ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) != 0) {
    return fail("give it memory");
  }
  const int processor = ::ioctl(machine, KVM_CREATE_VCPU, 0);
  const int run_bytes = ::ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  void* shared = processor >= 0 && run_bytes > 0
                     ? ::mmap(nullptr, static_cast<std::size_t>(run_bytes), PROT_READ | PROT_WRITE,
                              MAP_SHARED, processor, 0)
                     : MAP_FAILED;
  if (shared == MAP_FAILED) {
    return fail("create a processor");
  }
  kvm_sregs segments{};
  kvm_regs registers{};
  if (::ioctl(processor, KVM_GET_SREGS, &segments) != 0) {
    return fail("ask its state");
  }
  segments.cs.base = 0;
  segments.cs.selector = 0;
  registers.rflags = 2;
  if (::ioctl(processor, KVM_SET_SREGS, &segments) != 0 ||
      ::ioctl(processor, KVM_SET_REGS, &registers) != 0 || ::ioctl(processor, KVM_RUN, 0) != 0) {
    return fail("run it");
  }
  const auto* run = static_cast<const kvm_run*>(shared);
  const auto* said = static_cast<const std::uint8_t*>(shared) + run->io.data_offset;
  const bool right = run->exit_reason == KVM_EXIT_IO && run->io.port == 0x10 && *said == 42;
  std::printf("%s\n", right ? "a guest ran and left by its port" : "the guest left otherwise");
  return right ? 0 : 1;
}
