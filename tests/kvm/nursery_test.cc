// SPDX-License-Identifier: Apache-2.0
// Lives in real monitors: what guests do, what the daemon orders, and what is left of them.
#include <csignal>
#include <filesystem>
#include <string>

#include "kvm/kvm_lab.h"
#include "kvm/tiny_guests.h"
#include "os/files.h"
#include "os/memfd.h"
#include "support/error_of.h"
#include "support/processors.h"

namespace superfluid::testing {
namespace {

using vmm::End;
using vmm::MonitorState;

class NurseryTest : public KvmMachineLab {
 protected:
  std::string log() { return machine_->log(0)->text; }
};

std::size_t descriptors_of(const std::string& process) {
  const std::filesystem::directory_iterator files("/proc/" + process + "/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_F(NurseryTest, AGuestIsBootedOnceAndClonedOften) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "lifecycle");
  EXPECT_EQ(machine_->state(), MonitorState::kWarm);
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    start(*machine_, snapshot, life("lifecycle"));
    const vmm::Steps steps = *heard(*machine_).live;
    EXPECT_LE(steps.received_ns, steps.image_ns);
    EXPECT_LE(steps.image_ns, steps.page_ns);
    EXPECT_LE(steps.page_ns, steps.live_ns);
    EXPECT_NE(steps.live_ns, 0U);
    EXPECT_EQ(machine_->state(), MonitorState::kRuns);
    stop(*machine_);
  }
}

TEST_F(NurseryTest, ManyLivesLeaveNothingBehind) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "lifecycle");
  start(*machine_, snapshot, life("first"));
  stop(*machine_);
  const std::size_t ours = descriptors_of("self");
  const std::size_t theirs = descriptors_of(std::to_string(machine_->pid()));
  for (int i = 0; i < 300 && !HasFailure(); ++i) {
    start(*machine_, snapshot, life("next"));
    stop(*machine_);
  }
  EXPECT_EQ(descriptors_of("self"), ours);
  EXPECT_EQ(descriptors_of(std::to_string(machine_->pid())), theirs);
  EXPECT_TRUE(gone_.empty());
}

TEST_F(NurseryTest, AStartThatBeginsHereMayGoAnywhereOnceItIsOver) {
  auto machine = warm_machine();
  ASSERT_NE(machine, nullptr);
  const vmm::Snapshot snapshot = snapshot_of(*machine, "lifecycle");
  const auto processors = [&] { return processors_of(machine->pid()); };
  const int all = processors();
  vmm::Life here = life("p");
  here.begins_here = true;
  start(*machine, snapshot, here);
  EXPECT_EQ(processors(), all);
  stop(*machine);
  // Nor does one stay bound that was never live.
  heard(*machine) = {};
  ASSERT_TRUE(machine->start(snapshot, {}, here));
  EXPECT_EQ(processors(), 1);
  ASSERT_TRUE(machine->stop());
  ASSERT_TRUE(until([&] { return !heard(*machine).ended.empty(); }));
  EXPECT_EQ(processors(), all);
}

TEST_F(NurseryTest, AKilledMonitorIsToldOfOnce) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "spins");
  start(*machine_, snapshot, life("spins"));
  ASSERT_TRUE(machine_->kill());
  ASSERT_TRUE(until([this] { return !gone_.empty(); }));
  ASSERT_EQ(heard(*machine_).ended.size(), 1U);
  const End& end = heard(*machine_).ended[0];
  EXPECT_EQ(end.why, End::Why::kKilled);
  EXPECT_EQ(end.process, (os::ExitStatus{.code = 0, .signal = SIGKILL}));
  EXPECT_EQ(gone_[0].first, machine_->id());
  EXPECT_EQ(error_of(machine_->stop()), base::ErrorCode::kUnreachable);
  // And the next one is as good as the first.
  machine_ = warm_machine();
  ASSERT_NE(machine_, nullptr);
  start(*machine_, snapshot, life("spins"));
  EXPECT_EQ(gone_.size(), 1U);
}

TEST_F(NurseryTest, AGuestThatNeverLeavesIsPausedCountedAndStopped) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "spins");
  start(*machine_, snapshot, life("spins"));
  Heard& said = heard(*machine_);
  ASSERT_TRUE(machine_->pause());
  ASSERT_TRUE(until([&] { return said.paused == 1; }));
  EXPECT_EQ(machine_->state(), MonitorState::kPaused);
  const auto rounds = [&] {
    said.counters.reset();
    EXPECT_TRUE(machine_->ask_counters());
    EXPECT_TRUE(until([&] { return said.counters.has_value(); }));
    return said.counters->guest.rounds;
  };
  const std::uint64_t then = rounds();
  EXPECT_EQ(rounds(), then) << "it ran while it was paused";
  ASSERT_TRUE(machine_->unpause());
  ASSERT_TRUE(until([&] { return said.paused == 2; }));
  ASSERT_TRUE(until([&] { return rounds() > then; }));
  EXPECT_GT(said.counters->memory_private_bytes, 0U);
  EXPECT_GT(said.counters->kicks, 0U);
  stop(*machine_);
}

TEST_F(NurseryTest, APausedGuestMayBeSaved) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "lifecycle");
  start(*machine_, snapshot, life("lifecycle"));
  Heard& said = heard(*machine_);
  ASSERT_TRUE(machine_->save());
  ASSERT_TRUE(until([&] { return said.snapshot || said.not_saved; }));
  ASSERT_TRUE(said.snapshot);
  const vmm::Snapshot saved = *std::exchange(said.snapshot, std::nullopt);
  stop(*machine_);
  ASSERT_TRUE(machine_->start(saved, {}, life("again")));
  ASSERT_TRUE(machine_->ask_counters());
  ASSERT_TRUE(until([&] { return said.counters.has_value(); }));
  EXPECT_GE(said.counters->guest.rounds, 7U);
  stop(*machine_);
}

TEST_F(NurseryTest, AnIdleGuestIsParkedAndGoesOnInAnotherMachine) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "answers");
  vmm::Life sleepy = life("answers");
  sleepy.idle_after_ns = 20'000'000;
  start(*machine_, snapshot, sleepy);
  Heard& said = heard(*machine_);
  ASSERT_TRUE(until([&] { return said.idle == 1; }));
  ASSERT_TRUE(machine_->park());
  ASSERT_TRUE(until([&] { return said.parked.has_value(); }));
  ASSERT_TRUE(*said.parked) << said.parked->error().to_string();
  const vmm::Parked parked = **std::exchange(said.parked, std::nullopt);
  EXPECT_LT(parked.difference.size(), 12U << 10);
  EXPECT_EQ(parked.wake_at_ns, 0U);
  EXPECT_TRUE(os::has_seals(parked.image.get(), os::Seals::kContent));
  stop(*machine_);
  const auto other = warm_machine();
  ASSERT_TRUE(other->start(snapshot, parked.difference, sleepy));
  ASSERT_TRUE(other->read("short", ""));
  Heard& other_said = heard(*other);
  ASSERT_TRUE(until([&] { return other_said.answers.size() == 1; }));
  EXPECT_TRUE(other_said.answers[0]) << other_said.answers[0].error().to_string();
  EXPECT_EQ(other_said.ended.size(), 0U);
  stop(*other);
}

TEST_F(NurseryTest, AGuestThatIsUnparkedGoesOnAsIfNothingHadBeen) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "answers");
  start(*machine_, snapshot, life("answers"));
  Heard& said = heard(*machine_);
  ASSERT_TRUE(until([&] {
    said.parked.reset();
    return machine_->park() && until([&] { return said.parked.has_value(); }) && *said.parked;
  })) << "it never slept";
  ASSERT_TRUE(machine_->unpark());
  ASSERT_TRUE(machine_->read("short", ""));
  ASSERT_TRUE(until([&] { return said.answers.size() == 1; }));
  EXPECT_TRUE(said.answers[0]);
  EXPECT_EQ(said.idle, 0) << "nobody asked to be told";
  stop(*machine_);
}

TEST_F(NurseryTest, WhatDoesNotSleepIsNotParkedAndADamagedDifferenceNotStarted) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "spins");
  Heard& said = heard(*machine_);
  ASSERT_TRUE(machine_->park());
  ASSERT_TRUE(until([&] { return said.parked.has_value(); }));
  EXPECT_EQ(error_of(*said.parked), base::ErrorCode::kConflict) << "nothing runs";
  said.parked.reset();
  start(*machine_, snapshot, life("spins"));
  ASSERT_TRUE(machine_->park());
  ASSERT_TRUE(until([&] { return said.parked.has_value(); }));
  EXPECT_EQ(error_of(*said.parked), base::ErrorCode::kConflict);
  stop(*machine_);
  ASSERT_TRUE(machine_->start(snapshot, "this is no difference", life("spins")));
  ASSERT_TRUE(until([&] { return said.ended.size() == 1; }));
  EXPECT_EQ(said.ended[0].why, End::Why::kRefused);
  EXPECT_EQ(machine_->state(), MonitorState::kWarm);
}

TEST_F(NurseryTest, ALogBeginsAnewWithEachLife) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "floods");
  start(*machine_, snapshot, life("p"));
  ASSERT_TRUE(until([this] { return machine_->log(0)->ends_at > 0; }));
  stop(*machine_);
  const vmm::Snapshot quiet = snapshot_of(*machine_, "lifecycle");
  start(*machine_, quiet, life("lifecycle"));
  EXPECT_EQ(machine_->log(0)->text, "") << "it reads what the guest before wrote";
  stop(*machine_);
}

TEST_F(NurseryTest, AFloodOfTheConsoleKeepsItsEndAndNobodyWaits) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "floods");
  for (const char* wish : {"p", "c"}) {
    start(*machine_, snapshot, life(wish));
    ASSERT_TRUE(until([this] { return machine_->log(0)->begins_at > 0; }));
    stop(*machine_);
    const std::string text = log();
    EXPECT_EQ(text.size(), vmm::Machine::kLogBytes);
    EXPECT_NE(text.find("bbbbbbbbbbbbbb\n"), std::string::npos);
  }
}

TEST_F(NurseryTest, GuestsEndAsTheySay) {
  const auto image = os::create_memfd("guest", base::bytes(0));
  ASSERT_TRUE(os::write_all(image->get(), tiny_guest("gives_up")));
  Heard& said = heard(*machine_);
  ASSERT_TRUE(machine_->boot(image->get(), "a.click", "", life("e")));
  ASSERT_TRUE(until([&] { return said.ended.size() == 1; }));
  EXPECT_EQ(said.ended[0].why, End::Why::kEnded);
  EXPECT_EQ(said.ended[0].code, 5U);
  EXPECT_EQ(said.ended[0].message.find('\x1b'), std::string::npos) << said.ended[0].message;
  EXPECT_EQ(said.ended[0].message.find("bye"), 0U) << said.ended[0].message;
  ASSERT_TRUE(machine_->boot(image->get(), "a.click", "", life("p")));
  ASSERT_TRUE(until([&] { return said.ended.size() == 2; }));
  EXPECT_EQ(said.ended[1].why, End::Why::kPanicked);
  EXPECT_EQ(said.ended[1].code, abi::kPanicDefect);
}

TEST_F(NurseryTest, AFaultIsACrashAndTheShellIsWarmAgain) {
  const auto image = os::create_memfd("guest", base::bytes(0));
  ASSERT_TRUE(os::write_all(image->get(), tiny_guest("misbehave")));
  Heard& said = heard(*machine_);
  for (const char* wish : {"n", "u", "s", "h"}) {
    said.ended.clear();
    ASSERT_TRUE(machine_->boot(image->get(), "a.click", "", life(wish)));
    ASSERT_TRUE(until([&] { return said.ended.size() == 1; }));
    EXPECT_EQ(said.ended[0].why, End::Why::kCrashed);
    EXPECT_EQ(machine_->state(), MonitorState::kWarm);
  }
}

TEST_F(NurseryTest, WhatCannotBeStartedIsRefusedAndHarmsNobody) {
  const auto image = os::create_memfd("guest", base::bytes(0));
  ASSERT_TRUE(os::write_all(image->get(), base::bytes_of("this is no guest")));
  Heard& said = heard(*machine_);
  ASSERT_TRUE(machine_->boot(image->get(), "a.click", "", life("x")));
  ASSERT_TRUE(until([&] { return said.ended.size() == 1; }));
  EXPECT_EQ(said.ended[0].why, End::Why::kRefused);
  said.ended.clear();
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "lifecycle");
  start(*machine_, snapshot, life("a"));
  ASSERT_TRUE(machine_->start(snapshot, {}, life("b")));  // twice
  ASSERT_TRUE(until([&] { return said.ended.size() == 1; }));
  EXPECT_EQ(said.ended[0].why, End::Why::kRefused);
  said.ended.clear();
  stop(*machine_);
  ASSERT_TRUE(machine_->stop());  // nothing runs: nothing to say
  ASSERT_TRUE(machine_->read("x", ""));
  ASSERT_TRUE(until([&] { return said.answers.size() == 1; }));
  EXPECT_EQ(error_of(said.answers[0]), base::ErrorCode::kConflict);
  EXPECT_TRUE(said.ended.empty());
}

TEST_F(NurseryTest, HandlersAreAskedInFragmentsAndInOrder) {
  const vmm::Snapshot snapshot = snapshot_of(*machine_, "answers");
  start(*machine_, snapshot, life("answers"));
  Heard& said = heard(*machine_);
  const std::string longer(3 * abi::kFragmentBytes + 17, 'y');
  ASSERT_TRUE(machine_->read("short", ""));
  ASSERT_TRUE(machine_->write("long", longer));
  ASSERT_TRUE(machine_->read("error", "!"));
  ASSERT_TRUE(machine_->read("wrong", ""));
  ASSERT_TRUE(machine_->read("short", "again"));
  ASSERT_TRUE(until([&] { return said.answers.size() == 5; }));
  EXPECT_EQ(said.answers[0].value_or("none"), "short");
  EXPECT_TRUE(said.answers[1].value_or("none") == "long" + longer);
  EXPECT_EQ(error_of(said.answers[2]), base::ErrorCode::kNotFound);
  EXPECT_EQ(error_of(said.answers[3]), base::ErrorCode::kCorrupt);
  EXPECT_EQ(said.answers[4].value_or("none"), "shortagain");
  // One that never answers holds up nobody but those who ask it, and they are told at its end.
  ASSERT_TRUE(machine_->read("never", ""));
  ASSERT_TRUE(machine_->read("short", ""));
  stop(*machine_);
  ASSERT_EQ(said.answers.size(), 7U);
  EXPECT_EQ(error_of(said.answers[6]), base::ErrorCode::kConflict);
}

}  // namespace
}  // namespace superfluid::testing
