// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/console.h"

#include <gtest/gtest.h>

namespace superfluid::vm {
namespace {

using Verb = ConsoleLine::Verb;

TEST(ConsoleLine, AHandlerIsNamedAndTheRestIsItsText) {
  const auto read = parse_console_line("  read c.count ");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->verb, Verb::kRead);
  EXPECT_EQ(read->handler, "c.count");
  EXPECT_EQ(read->text, "");
  const auto write = parse_console_line("write rt.add\t10.0.0.0/8  1");
  ASSERT_TRUE(write);
  EXPECT_EQ(write->verb, Verb::kWrite);
  EXPECT_EQ(write->handler, "rt.add");
  EXPECT_EQ(write->text, "10.0.0.0/8  1");
}

TEST(ConsoleLine, NothingIsNothingAndWordsStandAlone) {
  EXPECT_EQ(parse_console_line("")->verb, Verb::kNothing);
  EXPECT_EQ(parse_console_line(" \t ")->verb, Verb::kNothing);
  EXPECT_EQ(parse_console_line("help")->verb, Verb::kHelp);
  EXPECT_EQ(parse_console_line("quit")->verb, Verb::kQuit);
  for (const char* line : {"read", "write ", "quit now", "c.count", "READ c.count"}) {
    const auto refused = parse_console_line(line);
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace superfluid::vm
