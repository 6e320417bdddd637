// SPDX-License-Identifier: Apache-2.0
#include "drivers/process_shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <cstring>
#include <string>

#include "abi/ring_end.h"
#include "base/text.h"
#include "support/error_of.h"
#include "vmm/asker.h"
#include "vmm/life.h"

namespace superfluid::drivers {
namespace {

using abi::Exit;
using base::ErrorCode;
using superfluid::testing::error_of;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using vmm::Leave;

// One shell with its guest, as a monitor has it.
class ProcessShellTest : public ::testing::Test {
 protected:
  struct Options {
    base::ByteCount ram = base::mib(2);
    std::uint32_t ports = 0;
    std::uint8_t doorbell = 0;  // of all ports
  };

  void load(std::string_view text) { load(text, Options{}); }
  void load(std::string_view text, const Options& options) {
    auto shell = ProcessShell::create({.ram = options.ram});
    ASSERT_TRUE(shell) << shell.error().to_string();
    shell_ = std::move(*shell);
    ASSERT_TRUE(shell_->warm_up());
    ASSERT_TRUE(load_text(text));
    abi::DevicePage page{};
    base::cat("a.click").copy(page.text_name, sizeof page.text_name - 1);
    page.port_count = options.ports;
    for (std::uint32_t i = 0; i < options.ports; ++i) {
      abi::DevicePort& port = page.ports[i];
      base::cat("eth", i).copy(port.name, sizeof port.name - 1);
      port.mac[0] = 2;
      port.mac[5] = static_cast<std::uint8_t>(i + 1);
      port.mtu = 1500;
      port.role = abi::PortRole::kClient;
      port.doorbell = options.doorbell;
    }
    shell_->begin(page, 0);
  }
  base::Status load_text(std::string_view text) {
    const abi::ImageHeader header = vmm::ImageFile::of_no_guest();
    const auto image = vmm::ImageFile::parse(
        base::ByteView(reinterpret_cast<const std::uint8_t*>(&header), sizeof header));
    EXPECT_TRUE(image) << image.error().to_string();
    return shell_->load(*image, text);
  }

  Leave run() {
    auto left = shell_->run();
    EXPECT_TRUE(left) << left.error().to_string();
    return left ? *left : Leave{};
  }
  // Runs until it leaves so; false: it does otherwise for long.
  bool until(Exit exit) {
    for (int i = 0; i < 10'000; ++i) {
      const Leave left = run();
      if (left.why == Leave::Why::kExit && left.exit == exit) {
        return true;
      }
    }
    return false;
  }
  void live(std::string_view text) { live(text, Options{}); }
  void live(std::string_view text, const Options& options) {
    load(text, options);
    ASSERT_EQ(run().exit, Exit::kReady) << message();
    ASSERT_EQ(run().exit, Exit::kLive) << message();
  }
  std::string message() {
    const abi::GuestPage page = shell_->guest_page();
    return {page.message, page.message_bytes};
  }
  abi::Window window(std::uint32_t port) {
    const base::ByteSpan bytes = shell_->window(port);
    return {bytes.data(), bytes.size(), shell_->size().slots};
  }
  vmm::Asker::Answer ask(abi::Ask what, std::string handler, std::string text = "") {
    vmm::Asker asker(*shell_);
    asker.begin_life();
    static_cast<void>(
        asker.ask({.ask = what, .handler = std::move(handler), .text = std::move(text)}));
    for (int i = 0; i < 10'000; ++i) {
      run();
      if (auto answer = asker.look()) {
        return *std::move(answer);
      }
    }
    return base::fail(ErrorCode::kTimedOut, "no answer");
  }

  std::unique_ptr<ProcessShell> shell_;
};

TEST_F(ProcessShellTest, AGraphBecomesReadyThenLiveThenSleeps) {
  live("Idle -> Discard");
  EXPECT_EQ(shell_->guest_page().state, abi::GuestState::kLive);
  EXPECT_TRUE(until(Exit::kSleep));
  EXPECT_EQ(shell_->guest_page().sleep_until_ns, abi::kNoDeadline);
}

TEST_F(ProcessShellTest, AShellBesideAnotherIsNotItsBusiness) {
  live("Idle -> c :: Counter -> Discard");
  auto first = std::move(shell_);
  live("InfiniteSource -> c :: Counter -> Discard");
  EXPECT_TRUE(until(Exit::kYield));
  std::swap(first, shell_);
  EXPECT_EQ(ask(abi::Ask::kRead, "c.count").value_or("none"), "0");
  first.reset();
  EXPECT_EQ(ask(abi::Ask::kRead, "c.count").value_or("none"), "0");
}

TEST_F(ProcessShellTest, HandlersAreReadAndWrittenThroughTheMailbox) {
  live("InfiniteSource(LIMIT 7) -> c :: Counter -> Discard");
  ASSERT_TRUE(until(Exit::kSleep));
  EXPECT_EQ(ask(abi::Ask::kRead, "c.count").value_or("none"), "7");
  EXPECT_EQ(ask(abi::Ask::kWrite, "c.reset").value_or("none"), "");
  EXPECT_EQ(ask(abi::Ask::kRead, "c.count").value_or("none"), "0");
  EXPECT_EQ(error_of(ask(abi::Ask::kRead, "c.nothing")), ErrorCode::kNotFound);
}

TEST_F(ProcessShellTest, FramesGoInAndOutByTheRings) {
  live("FromDevice(eth0) -> Queue -> ToDevice(eth1)", {.ports = 2});
  abi::RingProducer<abi::Side::kServer> in(window(0));
  abi::RingConsumer<abi::Side::kServer> out(window(1));
  const std::string frame(60, 'x');
  ASSERT_TRUE(in.put(base::bytes_of(frame)));
  static_cast<void>(in.publish());
  std::string received;
  for (int i = 0; i < 10'000 && received.empty(); ++i) {
    run();
    if (const auto came = out.next()) {
      received.resize(came->length);
      came->copy_to(reinterpret_cast<std::uint8_t*>(received.data()));
    }
  }
  EXPECT_EQ(received, frame);
}

TEST_F(ProcessShellTest, ADoorbellIsRungWithoutLeaving) {
  load("InfiniteSource(LIMIT 1) -> Queue -> ToDevice(eth0)", {.ports = 1, .doorbell = 0x43});
  const os::UniqueFd bell(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  ASSERT_TRUE(shell_->connect_doorbell(3, bell.get()));
  ASSERT_TRUE(until(Exit::kSleep));
  std::uint64_t count = 0;
  EXPECT_EQ(::read(bell.get(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
  EXPECT_GE(count, 1u);
}

TEST_F(ProcessShellTest, ACheckThatFailsInTheGuestIsAPanic) {
  load("InfiniteSource(LIMIT 1) -> Queue -> ToDevice(eth0)", {.ports = 1, .doorbell = 0x43});
  ASSERT_TRUE(until(Exit::kPanic));
  EXPECT_THAT(message(), HasSubstr("a doorbell that is rung is connected ("));
}

TEST_F(ProcessShellTest, TimeIsTheHostsAndGoesOnFromWhereItBegan) {
  live("TimedSource(3600) -> Discard");
  ASSERT_TRUE(until(Exit::kSleep));
  const std::uint64_t wakes = shell_->guest_page().sleep_until_ns;
  ASSERT_NE(wakes, abi::kNoDeadline);
  EXPECT_GT(wakes, shell_->clock_ns());
  EXPECT_LE(wakes, shell_->clock_ns() + 3'600'000'000'000);
  EXPECT_GT(shell_->monotonic_of(wakes), vmm::monotonic_ns());
}

TEST_F(ProcessShellTest, ABusyGraphLeavesAndIsKicked) {
  live("InfiniteSource -> Discard");
  EXPECT_EQ(run().exit, Exit::kYield);
  shell_->kick();
  EXPECT_EQ(run().why, Leave::Why::kKicked);
  EXPECT_EQ(run().exit, Exit::kYield);
}

TEST_F(ProcessShellTest, WhatIsWrongWithAGraphIsAllTold) {
  load("Idle -> Discrad;\nIdle -> Conter -> Discard;");
  const Leave left = run();
  EXPECT_EQ(left.exit, Exit::kPanic);
  EXPECT_EQ(left.value, abi::kPanicGraph);
  EXPECT_THAT(message(), HasSubstr("a.click has"));
  abi::MailboxHalf half;
  std::memcpy(&half, shell_->mailbox().data() + offsetof(abi::Mailbox, answer), sizeof half);
  const std::string findings(reinterpret_cast<const char*>(half.text), half.header.bytes);
  EXPECT_THAT(findings, HasSubstr("error\ta.click\t1\t9\t"));
  EXPECT_THAT(findings, HasSubstr("error\ta.click\t2\t"));
}

TEST_F(ProcessShellTest, AGraphHasTheMemoryThatItWasGivenAndIsToldHowMuchItNeeds) {
  const std::string_view hungry = "InfiniteSource(LIMIT 1) -> Queue(400000) -> Discard";
  load(hungry);
  const Leave left = run();
  EXPECT_EQ(left.exit, Exit::kPanic);
  EXPECT_EQ(left.value, abi::kPanicMemory);
  EXPECT_THAT(message(), MatchesRegex("the graph needs more memory than the 2 MiB that it was "
                                      "given: at least [45] MiB"));
  live(hungry, {.ram = base::mib(8)});
  EXPECT_LE(shell_->guest_page().heap_used, shell_->guest_page().heap_bytes);
  EXPECT_GT(shell_->guest_page().heap_used, 3'000'000u);
}

TEST_F(ProcessShellTest, PacketsThatFindNoMemoryAreDroppedAndHandlersStillAnswer) {
  live("InfiniteSource(LENGTH 1400) -> Queue(10000) -> Idle; Idle -> c :: Counter -> Discard");
  for (int i = 0; i < 100; ++i) {
    run();
  }
  EXPECT_EQ(shell_->guest_page().state, abi::GuestState::kLive) << message();
  EXPECT_EQ(ask(abi::Ask::kRead, "c.count").value_or("none"), "0");
}

TEST_F(ProcessShellTest, HasNoSnapshotsAndNoSecondLife) {
  live("Idle -> Discard");
  EXPECT_FALSE(shell_->is_reusable());
  EXPECT_FALSE(shell_->can_snapshot());
  EXPECT_EQ(error_of(shell_->take_snapshot()), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(shell_->take_difference()), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(shell_->enter({})), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(shell_->enter_again({}, {})), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(shell_->wipe()), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(load_text("Idle -> Discard")), ErrorCode::kConflict);
}

TEST_F(ProcessShellTest, ATextThatDoesNotFitIsRefused) {
  auto shell = ProcessShell::create({});
  ASSERT_TRUE(shell);
  shell_ = std::move(*shell);
  EXPECT_EQ(error_of(load_text(std::string(2 << 20, ' '))), ErrorCode::kExhausted);
  EXPECT_EQ(error_of(ProcessShell::create({.ram = base::kib(4)})), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace superfluid::drivers
