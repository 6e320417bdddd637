// SPDX-License-Identifier: Apache-2.0
// KvmShell: a shell that is a virtual machine of KVM.
//
// Invariants, beside those of every shell
//   1. Guests see no memory but the range. Page tables lie in a slot of their own, are the same for
//      every image, and no guest can write them.
//   2. A fault of a guest is Leave::kCrashed and leaves the shell usable.
//   3. Nothing of a guest is left in general and special registers, FPU state, pending events.
//
// Threads: that of the shell. On some kernels a VCPU that changes threads waits for milliseconds.
// One process holds few machines: each change of memory costs in proportion to them.

#pragma once

#include <linux/kvm.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/mapping.h"
#include "os/unique_fd.h"
#include "vmm/kvm.h"
#include "vmm/shell.h"
#include "vmm/zygote.h"

namespace superfluid::vmm {

class KvmShell final : public Shell {
 public:
  // `kvm` outlives the shell.
  static base::Result<std::unique_ptr<KvmShell>> create(const Kvm& kvm, const ShellSize& size);
  ~KvmShell() override;

  // Runs a guest of two instructions, so that the kernel builds what a first run needs.
  base::Status warm_up() override;
  bool is_reusable() const override { return true; }
  bool can_snapshot() const override { return true; }
  base::Status load(const ImageFile& image, std::string_view text) override;
  base::Status enter(const Snapshot& snapshot) override;
  base::Status wipe() override;
  base::Result<Leave> run() override;
  void kick() override;
  base::Result<Snapshot> take_snapshot() override;
  base::Result<std::vector<std::uint8_t>> take_difference() override;
  base::Result<std::uint64_t> enter_again(const Snapshot& image,
                                          base::ByteView difference) override;
  base::Status connect_doorbell(std::uint32_t doorbell, int event_fd) override;

  // Of a guest that stands still.
  base::Result<kvm_regs> registers();

 private:
  KvmShell(const Kvm& kvm, const ShellSize& size) : Shell(size), kvm_(kvm) {}

  base::Status make_machine();
  base::Status make_processor();
  base::Status close_ways();
  base::Status add_memory(std::uint32_t slot, std::uint64_t address, const os::Mapping& memory);
  // Everything of the last life but the RAM.
  base::Status reset();
  base::Status reset_processor();
  void set_registers(const kvm_regs& registers);
  base::Status set_fpu(const FpuState& fpu);
  Leave read_exit();
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
  os::Mapping tables_;  // private copy of the shared ones
  os::UniqueFd machine_;
  os::UniqueFd processor_;
  os::Mapping run_memory_;
  kvm_run* run_ = nullptr;
  kvm_sregs special_{};
  FpuState clean_fpu_;
  std::vector<Doorbell> doorbells_;
  std::atomic<bool> kicked_{false};
  bool must_reset_processor_ = false;  // a fault may have left it in any state
  bool fpu_clean_ = true;
  bool is_ready_ = false;  // the guest has left by kReady: its FPU holds nothing
  bool settled_ = true;  // no `out` is half done
};

// OpenShells of a zygote whose monitors hold machines of KVM.
base::Result<Shells> open_kvm_shells();

}  // namespace superfluid::vmm
