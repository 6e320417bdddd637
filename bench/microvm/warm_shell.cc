// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kvm/tiny_guests.h"
#include "microvm/contenders.h"
#include "vmm/kvm.h"
#include "vmm/kvm_shell.h"
#include "vmm/snapshot.h"

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

// A shell that is warm, and the image of a tiny guest that stood at READY in it.
base::Result<std::shared_ptr<Warm>> make_warm() {
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
  return warm;
}

// From a snapshot to the first thing that the guest says.
base::Status begin_life(Warm& warm, const vmm::Snapshot& snapshot, abi::Exit first) {
  SF_CHECKED(warm.shell->enter(snapshot));
  warm.shell->begin(page_of(++warm.lives), snapshot.clock_ns);
  return expect(*warm.shell, first);
}

}  // namespace

base::Result<Contender> clone_in_a_warm_shell(const Surroundings& surroundings) {
  SF_TRY(warm, make_warm());
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "clone in a warm shell until it lives",
                   .sample = [warm, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_CHECKED(begin_life(*warm, warm->image, abi::Exit::kLive));
                     return clock.now() - begin;
                   },
                   .tidy = [warm] { return warm->shell->wipe(); }};
}

base::Result<Contender> save_of_a_function(const Surroundings& surroundings) {
  SF_TRY(warm, make_warm());
  SF_CHECKED(begin_life(*warm, warm->image, abi::Exit::kLive));
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "save of a function of 2 MiB, as a file's bytes",
                   .sample = [warm, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_TRY(snapshot, warm->shell->take_snapshot());
                     SF_TRY(file, vmm::encode_snapshot(snapshot, "note"));
                     const base::Duration time = clock.now() - begin;
                     return file.empty() ? base::Duration() : time;
                   },
                   .tidy = [warm] { return expect(*warm->shell, abi::Exit::kSleep); }};
}

base::Result<Contender> restore_of_a_function(const Surroundings& surroundings) {
  SF_TRY(warm, make_warm());
  SF_CHECKED(begin_life(*warm, warm->image, abi::Exit::kLive));
  SF_TRY(snapshot, warm->shell->take_snapshot());
  SF_TRY(bytes, vmm::encode_snapshot(snapshot, "note"));
  SF_CHECKED(warm->shell->wipe());
  const auto file = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
  const base::Clock& clock = surroundings.clock;
  return Contender{.name = "restore of it in a warm shell until it runs",
                   .sample = [warm, file, &clock]() -> base::Result<base::Duration> {
                     const base::Instant begin = clock.now();
                     SF_TRY(saved, vmm::decode_snapshot(*file));
                     SF_CHECKED(begin_life(*warm, saved.snapshot, abi::Exit::kSleep));
                     return clock.now() - begin;
                   },
                   .tidy = [warm] { return warm->shell->wipe(); }};
}

}  // namespace superfluid::bench
