// SPDX-License-Identifier: Apache-2.0
// Lives in real processes of superfluid-process: the orders of the daemon are those of a machine,
// and what differs is told.
#include <gmock/gmock.h>

#include <csignal>
#include <string>

#include "kvm/nursery_lab.h"
#include "os/files.h"
#include "os/fork.h"
#include "os/memfd.h"
#include "support/error_of.h"
#include "support/require.h"

namespace superfluid::testing {
namespace {

using ::testing::HasSubstr;
using vmm::End;
using vmm::MonitorState;

constexpr const char* kQuiet = "InfiniteSource(LIMIT 7) -> c :: Counter -> Discard";
constexpr const char* kBusy = "InfiniteSource -> c :: Counter -> Discard";

class ProcessTest : public NurseryLab {
 protected:
  void SetUp() override {
    NurseryLab::SetUp();
    options_.program = SUPERFLUID_PROCESS;
    const base::Status opened = open();
    ASSERT_TRUE(opened) << opened.error().to_string();
    machine_ = warm_machine();
    ASSERT_NE(machine_, nullptr);
  }
  void TearDown() override {
    machine_.reset();
    NurseryLab::TearDown();
  }

  void boot(const std::string& text) {
    const abi::ImageHeader header = vmm::ImageFile::of_no_guest();
    const auto image = os::create_memfd("no-guest", base::bytes(0));
    ASSERT_TRUE(image);
    ASSERT_TRUE(os::write_all(
        image->get(),
        base::ByteView(reinterpret_cast<const std::uint8_t*>(&header), sizeof header)));
    const base::Status told = machine_->boot(image->get(), "a.click", text, life("a"), true);
    ASSERT_TRUE(told) << told.error().to_string();
  }
  void live(const std::string& text) {
    boot(text);
    ASSERT_TRUE(until([this] { return said().live || !said().ended.empty(); }));
    ASSERT_TRUE(said().live) << said().ended[0].message;
  }
  void expect_gone(os::ExitStatus status) {
    ASSERT_TRUE(until([this] { return !gone_.empty(); }));
    EXPECT_EQ(gone_.size(), 1U);
    EXPECT_EQ(gone_[0].second, status) << gone_[0].second.to_string();
    EXPECT_TRUE(failed_.empty());
  }
  End ended() {
    EXPECT_TRUE(until([this] { return !said().ended.empty(); }));
    return said().ended.empty() ? End{} : said().ended[0];
  }
  Heard& said() { return heard(*machine_); }
  std::string read(const std::string& handler) {
    said().answers.clear();
    EXPECT_TRUE(machine_->read(handler, ""));
    EXPECT_TRUE(until([this] { return !said().answers.empty(); }));
    return said().answers[0] ? *said().answers[0] : said().answers[0].error().to_string();
  }

  std::shared_ptr<vmm::Machine> machine_;
};

TEST_F(ProcessTest, AGraphLivesIsAskedAndIsStopped) {
  live(kQuiet);
  EXPECT_EQ(machine_->state(), MonitorState::kRuns);
  EXPECT_FALSE(said().snapshot);
  EXPECT_FALSE(said().not_saved);
  EXPECT_EQ(read("c.count"), "7");
  ASSERT_TRUE(machine_->write("c.reset", ""));
  EXPECT_EQ(read("c.count"), "");  // the answer of the write
  EXPECT_EQ(read("c.count"), "0");
  ASSERT_TRUE(machine_->ask_counters());
  ASSERT_TRUE(until([this] { return said().counters.has_value(); }));
  EXPECT_EQ(said().counters->guest.state, abi::GuestState::kLive);
  EXPECT_GT(said().counters->guest.heap_used, 0U);
  ASSERT_TRUE(machine_->stop());
  EXPECT_EQ(ended().why, End::Why::kStopped);
  expect_gone({});
  EXPECT_EQ(said().ended.back().why, End::Why::kKilled) << "the machine itself has ended too";
  EXPECT_EQ(error_of(machine_->stop()), base::ErrorCode::kUnreachable);
}

TEST_F(ProcessTest, ABusyGraphIsPausedCountedAndStopped) {
  live(kBusy);
  ASSERT_TRUE(machine_->pause());
  ASSERT_TRUE(until([this] { return said().paused == 1; }));
  EXPECT_EQ(machine_->state(), MonitorState::kPaused);
  const auto rounds = [this] {
    said().counters.reset();
    EXPECT_TRUE(machine_->ask_counters());
    EXPECT_TRUE(until([this] { return said().counters.has_value(); }));
    return said().counters->guest.rounds;
  };
  const std::uint64_t then = rounds();
  EXPECT_EQ(rounds(), then) << "it ran while it was paused";
  ASSERT_TRUE(machine_->unpause());
  ASSERT_TRUE(until([&] { return rounds() > then; }));
  ASSERT_TRUE(machine_->stop());
  EXPECT_EQ(ended().why, End::Why::kStopped);
  expect_gone({});
}

TEST_F(ProcessTest, WhatIsWrongWithAGraphComesBack) {
  boot("Idle -> Discrad;");
  const End end = ended();
  EXPECT_EQ(end.why, End::Why::kPanicked);
  EXPECT_EQ(end.code, abi::kPanicGraph);
  EXPECT_THAT(end.findings, HasSubstr("error\ta.click\t1\t9\t"));
  expect_gone({});
}

TEST_F(ProcessTest, MemoryIsLimitedAsInAMachine) {
  boot("Idle -> Queue(400000) -> Discard");
  const End end = ended();
  EXPECT_EQ(end.why, End::Why::kPanicked);
  EXPECT_EQ(end.code, abi::kPanicMemory);
  EXPECT_THAT(end.message, ::testing::MatchesRegex("the graph needs more memory than the 2 MiB "
                                                   "that it was given: at least [45] MiB"));
  expect_gone({});
}

TEST_F(ProcessTest, IsNeitherSavedNorCloned) {
  live(kQuiet);
  ASSERT_TRUE(machine_->save());
  ASSERT_TRUE(until([this] { return said().not_saved.has_value(); }));
  EXPECT_EQ(said().not_saved->code(), base::ErrorCode::kUnsupported);
  EXPECT_EQ(read("c.count"), "7");
}

TEST_F(ProcessTest, AFaultEndsTheProcessAndIsToldByItsSignal) {
  live(kBusy);
  const auto pidfd = os::open_pidfd(machine_->pid());
  ASSERT_TRUE(pidfd);
  ASSERT_TRUE(os::send_signal(*pidfd, SIGSEGV));
  const End end = ended();
  EXPECT_EQ(end.why, End::Why::kKilled);
  ASSERT_TRUE(until([this] { return !gone_.empty(); }));
#ifndef SUPERFLUID_ADDRESS_SANITIZER  // which reports it, and exits
  EXPECT_EQ(end.process, (os::ExitStatus{.code = 0, .signal = SIGSEGV}));
#endif
}

TEST_F(ProcessTest, TheNextDaemonFindsWhatRunsAndHearsOfWhatEnded) {
  live(kQuiet);
  ASSERT_TRUE(machine_->note("what runs here"));
  const auto id = machine_->id();
  const auto reopen = [&] {
    machine_.reset();
    nursery_.reset();
    heard_.clear();
    ASSERT_TRUE(open());
    auto found = nursery_->found();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]->id(), id);
    EXPECT_EQ(found[0]->state(), MonitorState::kRuns);
    EXPECT_EQ(found[0]->noted().value_or(""), "what runs here");
    machine_ = found[0];
    listen(*machine_);
  };
  reopen();
  EXPECT_EQ(read("c.count"), "7");
  const auto pidfd = os::open_pidfd(machine_->pid());
  ASSERT_TRUE(machine_->stop());
  nursery_.reset();  // before it is told
  ASSERT_TRUE(pidfd);
  ASSERT_TRUE(until([&] { return is_dead(*pidfd); }));
  reopen();
  // Its page is used again by the next, which finds nothing there.
  const auto old = machine_;
  machine_ = warm_machine();
  ASSERT_NE(machine_, nullptr);
  EXPECT_EQ(machine_->noted().value_or("?"), "");
  machine_ = old;
  EXPECT_EQ(ended().why, End::Why::kStopped);
  expect_gone({});
}

TEST_F(ProcessTest, HasNoPrivilegesAndAFilter) {
  SF_REQUIRE(root);
  ASSERT_TRUE(nursery_->shut_down());
  nursery_.reset();
  heard_.clear();  // the next zygote counts anew
  options_.user = 65534;
  ASSERT_TRUE(open());
  machine_ = warm_machine();
  ASSERT_NE(machine_, nullptr);
  live(kQuiet);
  const std::string status =
      os::read_text("/proc/" + std::to_string(machine_->pid()) + "/status", base::kib(64)).value();
  for (const char* line : {"Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534",
                           "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000",
                           "NoNewPrivs:\t1", "Seccomp:\t2"}) {
    EXPECT_THAT(status, HasSubstr(line));
  }
}

}  // namespace
}  // namespace superfluid::testing
