// SPDX-License-Identifier: Apache-2.0
#include "guest/console.h"

#include <gtest/gtest.h>

#include "guest/testing.h"

namespace superfluid::guest {
namespace {

using testing::TestMachine;

TEST(Console, GoesRoundItsRing) {
  TestMachine machine("");
  Console console(machine.memory(), machine);
  std::string all;
  for (int i = 0; i < 20; ++i) {
    const std::string text(1000, static_cast<char>('a' + i));
    console.write(text);
    EXPECT_EQ(machine.console(), text);
  }
  EXPECT_EQ(machine.count(abi::Exit::kConsole), 0);
  EXPECT_EQ(machine.said().console_written, 20'000u);
}

TEST(Console, LetsTheHostInWhenItIsFull) {
  TestMachine machine("");
  Console console(machine.memory(), machine);
  const std::string text(abi::kConsoleBytes + 100, 'x');
  console.write(text);
  EXPECT_EQ(machine.count(abi::Exit::kConsole), 1);
  EXPECT_EQ(machine.console(), text);
  EXPECT_EQ(machine.said().console_dropped, 0u);
}

TEST(Console, DropsAndCountsWhatNobodyTakes) {
  TestMachine machine("");
  Console console(machine.memory(), machine);
  machine.page().live.console_taken = 0;
  machine.at_exit = [&](abi::Exit) {
    machine.page().live.console_taken = 0;  // a host that takes nothing
  };
  console.write(std::string(abi::kConsoleBytes, 'x'));
  console.write("lost");
  EXPECT_EQ(machine.said().console_dropped, 4u);
  EXPECT_EQ(machine.count(abi::Exit::kConsole), 1);
}

TEST(Console, BearsAHostThatCountsWrong) {
  TestMachine machine("");
  Console console(machine.memory(), machine);
  machine.page().live.console_taken = 77;
  console.write("text");
  EXPECT_EQ(machine.console(), "text");
}

}  // namespace
}  // namespace superfluid::guest
