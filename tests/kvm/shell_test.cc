// SPDX-License-Identifier: Apache-2.0
#include "vmm/kvm_shell.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>

#include "kvm/tiny_guests.h"
#include "os/clock.h"
#include "support/error_of.h"
#include "support/require.h"
#include "vmm/snapshot.h"

namespace superfluid::vmm {
namespace {

using testing::tiny_guest;

// One KVM and one shell, as a monitor has them.
class ShellTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SF_REQUIRE(kvm);
    auto kvm = Kvm::open();
    ASSERT_TRUE(kvm) << kvm.error().to_string();
    kvm_.emplace(std::move(*kvm));
    shell_ = make({});
  }

  std::unique_ptr<Shell> make(const ShellSize& size) {
    auto shell = KvmShell::create(*kvm_, size);
    EXPECT_TRUE(shell) << shell.error().to_string();
    if (!shell) {
      return nullptr;
    }
    const base::Status warm = (*shell)->warm_up();
    EXPECT_TRUE(warm) << warm.error().to_string();
    return std::move(*shell);
  }

  static abi::DevicePage page(std::string_view name, std::uint32_t ports = 0) {
    abi::DevicePage page{};
    std::memcpy(page.name, name.data(), std::min(name.size(), sizeof page.name - 1));
    page.port_count = ports;
    return page;
  }

  // Loads a tiny guest and runs it to its first exit.
  Leave boot(Shell& shell, std::string_view guest, const abi::DevicePage& page) {
    const auto image = ImageFile::parse(tiny_guest(guest));
    EXPECT_TRUE(image) << image.error().to_string();
    const base::Status loaded = shell.load(*image, "");
    EXPECT_TRUE(loaded) << loaded.error().to_string();
    shell.begin(page, 0);
    return run(shell);
  }

  static Leave run(Shell& shell) {
    auto leave = shell.run();
    EXPECT_TRUE(leave) << leave.error().to_string();
    return leave ? *leave : Leave{};
  }

  std::optional<Kvm> kvm_;
  std::unique_ptr<Shell> shell_;
};

void expect_exit(const Leave& leave, abi::Exit exit, int value = 0) {
  EXPECT_EQ(leave.why, Leave::Why::kExit) << "KVM's reason " << leave.kvm_reason;
  EXPECT_EQ(leave.exit, exit);
  EXPECT_EQ(leave.value, value);
}

TEST_F(ShellTest, RunsAGuestThroughItsLife) {
  expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
  EXPECT_EQ(shell_->guest_page().state, abi::GuestState::kReady);
  expect_exit(run(*shell_), abi::Exit::kLive);
  EXPECT_EQ(shell_->guest_page().rounds, 7U);
  for (std::uint64_t woken = 8; woken < 20; ++woken) {
    expect_exit(run(*shell_), abi::Exit::kSleep);
    EXPECT_EQ(shell_->guest_page().rounds, woken);
  }
}

TEST_F(ShellTest, ClonesGoOnBehindReadyAndDifferInWhatTheirPageSays) {
  expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
  const auto snapshot = shell_->take_snapshot();
  ASSERT_TRUE(snapshot) << snapshot.error().to_string();
  const auto other = make({});
  std::uint32_t incarnation = 1;
  for (Shell* shell : {shell_.get(), other.get(), other.get()}) {
    const base::Status entered = shell->enter(*snapshot);
    ASSERT_TRUE(entered) << entered.error().to_string();
    abi::DevicePage own = page("b");
    own.random_seed[0] = static_cast<std::uint8_t>(++incarnation);
    shell->begin(own, snapshot->clock_ns);
    expect_exit(run(*shell), abi::Exit::kLive, static_cast<int>(incarnation));
    EXPECT_EQ(shell->guest_page().incarnation, 2U);
    EXPECT_EQ(shell->guest_page().rounds, 7U) << "a clone saw another's memory";
    expect_exit(run(*shell), abi::Exit::kSleep);
    EXPECT_EQ(shell->guest_page().rounds, 8U);
  }
}

TEST_F(ShellTest, ASnapshotMayBeTakenWhereverAGuestSleeps) {
  expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
  expect_exit(run(*shell_), abi::Exit::kLive);
  expect_exit(run(*shell_), abi::Exit::kSleep);
  expect_exit(run(*shell_), abi::Exit::kSleep);
  const auto snapshot = shell_->take_snapshot();
  ASSERT_TRUE(snapshot) << snapshot.error().to_string();
  // The guest itself goes on as if nothing had been.
  expect_exit(run(*shell_), abi::Exit::kSleep);
  EXPECT_EQ(shell_->guest_page().rounds, 10U);
  const auto other = make({});
  ASSERT_TRUE(other->enter(*snapshot));
  other->begin(page("b"), snapshot->clock_ns);
  expect_exit(run(*other), abi::Exit::kSleep);
  EXPECT_EQ(other->guest_page().rounds, 10U);
}

TEST_F(ShellTest, AParkedGuestIsWhatItChangedAndGoesOn) {
  expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
  const auto image = shell_->take_snapshot();
  ASSERT_TRUE(image);
  ASSERT_TRUE(shell_->enter(*image));
  shell_->begin(page("b"), image->clock_ns);
  expect_exit(run(*shell_), abi::Exit::kLive);
  expect_exit(run(*shell_), abi::Exit::kSleep);
  const auto parked = shell_->take_difference();
  ASSERT_TRUE(parked) << parked.error().to_string();
  EXPECT_LT(parked->size(), 12U << 10);
  const auto other = make({});
  const auto clock = other->enter_again(*image, *parked);
  ASSERT_TRUE(clock) << clock.error().to_string();
  other->begin(page("b"), *clock);
  expect_exit(run(*other), abi::Exit::kSleep);
  EXPECT_EQ(other->guest_page().rounds, 9U);
  ASSERT_TRUE(other->enter(*image));
  EXPECT_FALSE(other->enter_again(*image, base::ByteView(*parked).first(parked->size() / 2)));
}

TEST_F(ShellTest, TheGuestsClockIsTheHostsAndGoesOnWhereASnapshotStood) {
  expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
  expect_exit(run(*shell_), abi::Exit::kLive);
  const std::uint64_t before = shell_->clock_ns();
  expect_exit(run(*shell_), abi::Exit::kSleep);
  const std::uint64_t after = shell_->clock_ns();
  EXPECT_LE(before, shell_->guest_page().heap_bytes);
  EXPECT_LE(shell_->guest_page().heap_bytes, after);
  auto snapshot = shell_->take_snapshot();
  ASSERT_TRUE(snapshot);
  ASSERT_TRUE(shell_->enter(*snapshot));
  constexpr std::uint64_t kLater = 1'000'000'000'000'000;
  shell_->begin(page("b"), kLater);
  expect_exit(run(*shell_), abi::Exit::kSleep);
  EXPECT_GE(shell_->guest_page().heap_bytes, kLater);
  EXPECT_LE(shell_->guest_page().heap_bytes, shell_->clock_ns());
  const auto now = static_cast<std::uint64_t>(os::SystemClock().now().since_start().count());
  EXPECT_GE(shell_->monotonic_of(shell_->clock_ns() + 1'000'000'000), now + 900'000'000);
}

TEST_F(ShellTest, WhateverAGuestDoesEndsInACrashAndLeavesTheShellUsable) {
  for (const char wish : std::string("nu38shmckwtbxpidog")) {
    SCOPED_TRACE(std::string("wish ") + wish);
    const Leave leave = boot(*shell_, "misbehave", page(std::string(1, wish)));
    EXPECT_EQ(leave.why, Leave::Why::kCrashed);
    EXPECT_NE(leave.value, 77);
    expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
    expect_exit(run(*shell_), abi::Exit::kLive);
  }
}

TEST_F(ShellTest, NothingOfAGuestIsLeftForTheNext) {
  for (const ShellSize& size : {ShellSize{}, ShellSize{.ram = base::mib(4), .ports = 4}}) {
    const auto shell = make(size);
    if (size.ports == 4) {
      shell->see_changes_by(os::UniqueFd(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)));
    }
    expect_exit(boot(*shell, "leaves_secrets", page("a", size.ports)), abi::Exit::kSleep, 1);
    expect_exit(boot(*shell, "finds_secrets", page("b", size.ports)), abi::Exit::kEnd, 0);
    // And the search would find it: the guest that left it, seen by a snapshot.
    expect_exit(boot(*shell, "leaves_secrets", page("a", size.ports)), abi::Exit::kSleep, 1);
    const auto left = shell->take_snapshot();
    ASSERT_TRUE(left);
    expect_exit(boot(*shell, "finds_secrets", page("b", size.ports)), abi::Exit::kEnd, 0);
    const auto zero = [](std::uint8_t byte) { return byte == 0; };
    ASSERT_TRUE(shell->wipe());
    EXPECT_TRUE(std::ranges::all_of(shell->ram(), zero));
  }
}

// With its pages in sight a wiped shell keeps the image, and nothing that a guest did.
TEST_F(ShellTest, AWipedShellHasTheImageAsItWasAndNothingElse) {
  shell_->see_changes_by(os::UniqueFd(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)));
  expect_exit(boot(*shell_, "leaves_secrets", page("a", 2)), abi::Exit::kSleep, 1);
  const auto secrets = shell_->take_snapshot();
  expect_exit(boot(*shell_, "lifecycle", page("a", 2)), abi::Exit::kReady);
  const auto image = shell_->take_snapshot();
  ASSERT_TRUE(secrets && image);
  const auto as_it_was = os::Mapping::of_fd(image->memory.get(), 0, shell_->ram().size(), {});
  const auto zeros = os::Mapping::anonymous(shell_->ram().size(), {});
  ASSERT_TRUE(as_it_was && zeros);
  for (int life = 0; life < 5; ++life) {
    ASSERT_TRUE(shell_->enter(*image));
    shell_->begin(page("b", 2), image->clock_ns);
    expect_exit(run(*shell_), abi::Exit::kLive);
    EXPECT_EQ(shell_->guest_page().rounds, 7U) << "a life before was seen";
    expect_exit(run(*shell_), abi::Exit::kSleep);
    // As guests might: little, or so much that it is not worth keeping in place.
    const bool much = life % 2 == 1;
    std::memset(shell_->ram().data() + (1 << 20), 0x55, much ? 700'000 : 300'000);
    std::memset(shell_->window(0).data(), 0x55, much ? 300'000 : 9'000);
    std::memset(shell_->window(1).data() + 70'000, 0x55, 1);
    ASSERT_TRUE(shell_->wipe());
    EXPECT_TRUE(std::ranges::equal(shell_->ram(), much ? zeros->bytes() : as_it_was->bytes()));
    for (const std::uint32_t port : {0u, 1u}) {
      EXPECT_TRUE(std::ranges::all_of(shell_->window(port), [](auto byte) { return byte == 0; }));
    }
  }
  // Another image takes its place whole, and so does a program of its own.
  ASSERT_TRUE(shell_->enter(*secrets));
  shell_->begin(page("c", 2), 0);
  expect_exit(boot(*shell_, "finds_secrets", page("b", 2)), abi::Exit::kEnd, 0);
  // What was not wiped is not taken for the image.
  ASSERT_TRUE(shell_->enter(*image));
  shell_->begin(page("b", 2), image->clock_ns);
  expect_exit(run(*shell_), abi::Exit::kLive);
  ASSERT_TRUE(shell_->enter(*image));
  shell_->begin(page("b", 2), image->clock_ns);
  expect_exit(run(*shell_), abi::Exit::kLive);
  EXPECT_EQ(shell_->guest_page().rounds, 7U);
}

TEST_F(ShellTest, ASearchFindsWhatIsThere) {
  expect_exit(boot(*shell_, "leaves_secrets", page("a", 2)), abi::Exit::kSleep, 1);
  const auto left = shell_->take_snapshot();
  ASSERT_TRUE(left);
  const auto image = ImageFile::parse(tiny_guest("finds_secrets"));
  ASSERT_TRUE(image);
  // The searcher's program in the other's memory.
  ASSERT_TRUE(shell_->load(*image, ""));
  auto memory = os::Mapping::of_fd(left->memory.get(), 0, shell_->ram().size(),
                                   {.sharing = os::Mapping::Sharing::kPrivate});
  ASSERT_TRUE(memory);
  constexpr std::size_t kBehind = 0x80000;
  std::memcpy(shell_->ram().data() + kBehind, memory->data() + kBehind,
              shell_->ram().size() - kBehind);
  shell_->begin(page("b"), 0);
  expect_exit(run(*shell_), abi::Exit::kEnd, 1);
}

TEST_F(ShellTest, VectorRegistersOutliveAnExit) {
  expect_exit(boot(*shell_, "keeps_vectors", page("a")), abi::Exit::kSleep, 1);
  expect_exit(run(*shell_), abi::Exit::kEnd, 0);
}

TEST_F(ShellTest, VectorRegistersTravelWithASnapshot) {
  expect_exit(boot(*shell_, "keeps_vectors", page("a")), abi::Exit::kSleep, 1);
  const auto snapshot = shell_->take_snapshot();
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(check_cpu(snapshot->cpu));
  const auto other = make({});
  ASSERT_TRUE(other->enter(*snapshot));
  other->begin(page("b"), 0);
  expect_exit(run(*other), abi::Exit::kEnd, 0);
}

// So that a clone of any image takes no time to be given its own.
TEST_F(ShellTest, AnImageHasNothingInVectorRegisters) {
  const auto image_of = [&](std::string_view guest) {
    expect_exit(boot(*shell_, guest, page("a")), abi::Exit::kReady);
    auto image = shell_->take_snapshot();
    return image ? image->cpu.fpu.words : decltype(FpuState::words){};
  };
  expect_exit(boot(*shell_, "keeps_vectors", page("a")), abi::Exit::kSleep, 1);
  const auto image = image_of("lifecycle");
  EXPECT_NE(image, decltype(FpuState::words){});  // as an FPU is reset, not all zeros
  EXPECT_EQ(image, image_of("spins"));
}

Shell* spinning = nullptr;

TEST_F(ShellTest, AGuestThatNeverLeavesIsKicked) {
  expect_exit(boot(*shell_, "spins", page("a")), abi::Exit::kReady);
  expect_exit(run(*shell_), abi::Exit::kLive);
  spinning = shell_.get();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { spinning->kick(); };
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  timer_t timer{};
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  // Where machines are emulated the first alarms can come before the guest has.
  const timespec often{.tv_sec = 0, .tv_nsec = 2'000'000};
  const itimerspec alarms{.it_interval = often, .it_value = often};
  ASSERT_EQ(timer_settime(timer, 0, &alarms, nullptr), 0);
  do {
    ASSERT_EQ(run(*shell_).why, Leave::Why::kKicked);
  } while (shell_->guest_page().rounds == 0);
  timer_delete(timer);
  sigaction(SIGALRM, &before, nullptr);
  // A kick that comes before the run is not lost.
  shell_->kick();
  EXPECT_EQ(run(*shell_).why, Leave::Why::kKicked);
  expect_exit(boot(*shell_, "lifecycle", page("a")), abi::Exit::kReady);
}

TEST_F(ShellTest, RefusesSizesThatNoMachineHas) {
  for (const ShellSize& size : {ShellSize{.ram = base::mib(1)}, ShellSize{.ram = base::gib(2)},
                                ShellSize{.ram = base::bytes((2 << 20) + 1)}, ShellSize{.ports = 9},
                                ShellSize{.slots = 100}}) {
    const auto shell = KvmShell::create(*kvm_, size);
    ASSERT_FALSE(shell);
    EXPECT_EQ(shell.error().code(), base::ErrorCode::kInvalid);
  }
}

TEST_F(ShellTest, SaysHowMuchMemoryAnImageNeeds) {
  const auto image = ImageFile::parse(tiny_guest("lifecycle"));
  ASSERT_TRUE(image);
  const base::Status loaded = shell_->load(*image, std::string(3 << 20, ' '));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), base::ErrorCode::kExhausted);
}

TEST(ImageFile, RefusesWhatIsNone) {
  const base::ByteView good = tiny_guest("lifecycle");
  ASSERT_TRUE(ImageFile::parse(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(ImageFile::parse(good.first(length)));
  }
  const std::vector<std::uint8_t> original(good.begin(), good.end());
  for (std::size_t at = 0; at < sizeof(abi::ImageHeader); ++at) {
    std::vector<std::uint8_t> bad = original;
    bad[at] ^= 0x80;
    const bool reserved = at >= 10 && at < 16;
    // Another entry within the file, another size within what a guest may have.
    const bool within = at == 16 || at == 17 || at == 32 || at == 33 || at == 34;
    if (!reserved && !within) {
      EXPECT_FALSE(ImageFile::parse(bad)) << "byte " << at;
    }
  }
}

}  // namespace
}  // namespace superfluid::vmm
