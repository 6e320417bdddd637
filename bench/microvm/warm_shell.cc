// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>

#include "base/text.h"
#include "kvm/tiny_guests.h"
#include "microvm/contenders.h"
#include "vmm/kvm.h"
#include "vmm/kvm_shell.h"

namespace superfluid::bench {
namespace {

struct Warm {
  std::optional<vmm::Kvm> kvm;
  std::unique_ptr<vmm::KvmShell> shell;
  vmm::Snapshot image;
  std::uint32_t lives = 0;
};

base::Status expect(vmm::Shell& shell, abi::Exit exit) {
  SF_TRY(leave, shell.run());
  if (leave.why != vmm::Leave::Why::kExit || leave.exit != exit) {
    return base::fail(base::ErrorCode::kFailed,
                      base::cat("the guest left otherwise (KVM's reason ", leave.kvm_reason, ")"));
  }
  return {};
}

abi::DevicePage page_of(std::uint32_t life) {
  abi::DevicePage page{};
  page.name[0] = 'b';
  page.random_seed[0] = static_cast<std::uint8_t>(life);
  return page;
}

}  // namespace

base::Result<Contender> clone_in_a_warm_shell(const Surroundings& surroundings) {
  auto warm = std::make_shared<Warm>();
  SF_TRY(kvm, vmm::Kvm::open());
  warm->kvm.emplace(std::move(kvm));
  SF_TRY(shell, vmm::KvmShell::create(*warm->kvm, {}));
  warm->shell = std::move(shell);
  SF_CHECKED(warm->shell->warm_up());
  SF_TRY(image, vmm::ImageFile::parse(testing::tiny_guest("lifecycle")));
  SF_CHECKED(warm->shell->load(image, ""));
  warm->shell->begin(page_of(0), 0);
  SF_CHECKED(expect(*warm->shell, abi::Exit::kReady));
  SF_TRY(snapshot, warm->shell->take_snapshot());
  warm->image = std::move(snapshot);
  SF_CHECKED(warm->shell->wipe());
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "clone in a warm shell until it lives",
                   .sample = [warm, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_CHECKED(warm->shell->enter(warm->image));
                     warm->shell->begin(page_of(++warm->lives), warm->image.clock_ns);
                     SF_CHECKED(expect(*warm->shell, abi::Exit::kLive));
                     return clock.now() - begin;
                   },
                   .tidy = [warm] { return warm->shell->wipe(); }};
}

}  // namespace superfluid::bench
