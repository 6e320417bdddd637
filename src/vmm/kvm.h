// SPDX-License-Identifier: Apache-2.0
// Kvm: /dev/kvm, opened once, and what it says of itself; page tables that all shells share.
//
// Threads: const calls from any thread. A machine belongs to the address space that made it: a
// descriptor of /dev/kvm may be inherited by a fork, that of a machine is of no use there.

#pragma once

#include <linux/kvm.h>

#include <array>
#include <cstdint>

#include "base/result.h"
#include "os/unique_fd.h"

namespace superfluid::vmm {

// The processor's features as KVM wants them told: a kvm_cpuid2 with room for its entries, whose
// type ends in a flexible array and so cannot be a member.
struct CpuidTable {
  static constexpr std::size_t kEntriesMax = 256;

  std::uint32_t count = kEntriesMax;
  std::uint32_t padding = 0;
  std::array<kvm_cpuid_entry2, kEntriesMax> entries{};
};

class Kvm {
 public:
  // kUnsupported without /dev/kvm, kNotPermitted where it may not be used; both say what to try.
  static base::Result<Kvm> open();

  int fd() const { return fd_.get(); }
  std::size_t run_bytes() const { return run_bytes_; }
  const CpuidTable& cpuid() const { return cpuid_; }
  std::uint32_t features() const { return features_; }  // abi::Feature
  // A sealed memfd of kTablesBytes, to be mapped privately.
  int tables() const { return tables_.get(); }

  static constexpr std::uint64_t kTablesBytes = 4 * 4096;

 private:
  explicit Kvm(os::UniqueFd fd) : fd_(std::move(fd)) {}
  base::Status ask();

  os::UniqueFd fd_;
  os::UniqueFd tables_;
  std::size_t run_bytes_ = 0;
  CpuidTable cpuid_;
  std::uint32_t features_ = 0;
};

// The state of a processor on which guests begin and are cloned: 64 bit, privilege level 3, paging
// by the shared tables. `initial` is what KVM gave a new VCPU.
kvm_sregs guest_special_registers(const kvm_sregs& initial, std::uint32_t features);

inline constexpr std::uint64_t kGuestFlags = 0x3002;  // I/O privilege level 3

}  // namespace superfluid::vmm
