// SPDX-License-Identifier: Apache-2.0
#include "guest/panic.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace superfluid::guest {
namespace {

std::string told(const abi::GuestPage& page) { return {page.message, page.message_bytes}; }

TEST(Panic, TellsItsWordsAndThatTheGuestEnded) {
  abi::GuestPage page{};
  Panic(page).say("17 is not ").say(std::uint64_t{18}).tell();
  EXPECT_EQ(told(page), "17 is not 18");
  EXPECT_EQ(page.state, abi::GuestState::kEnded);
}

TEST(Panic, WhatDoesNotFitIsLeftOut) {
  abi::GuestPage page{};
  Panic(page).say(std::string(3 * abi::kMessageBytes, 'x')).tell();
  EXPECT_EQ(told(page), std::string(abi::kMessageBytes, 'x'));
}

TEST(Panic, SaysHowMuchMemoryWouldBeEnough) {
  constexpr std::uint64_t kRam = 2 << 20;
  std::vector<std::byte> memory(1 << 20);
  const Heap heap(memory);
  abi::GuestPage page{};
  Panic(page).say_memory_needed(kRam, heap, 3 << 20).tell();
  EXPECT_EQ(told(page),
            "the graph needs more memory than the 2 MiB that it was given: at least 5 MiB");
  // Even where the pieces that are free would be enough together.
  Panic(page).say_memory_needed(kRam, heap, 1).tell();
  EXPECT_EQ(told(page),
            "the graph needs more memory than the 2 MiB that it was given: at least 3 MiB");
}

}  // namespace
}  // namespace superfluid::guest
