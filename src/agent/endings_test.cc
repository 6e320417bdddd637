// SPDX-License-Identifier: Apache-2.0
#include "agent/endings.h"

#include <gtest/gtest.h>

#include "abi/machine.h"

namespace superfluid::agent {
namespace {

using Why = vmm::End::Why;

vmm::End end_of(Why why, std::uint32_t code = 0, std::string message = "",
                std::string findings = "") {
  vmm::End end;
  end.why = why;
  end.code = code;
  end.message = std::move(message);
  end.findings = std::move(findings);
  return end;
}

TEST(Endings, TellWhatBecomesOfTheFunction) {
  EXPECT_EQ(judge(end_of(Why::kEnded), "g").ending, Ending::kDone);
  EXPECT_EQ(judge(end_of(Why::kEnded, 3), "g").ending, Ending::kFailed);
  EXPECT_EQ(judge(end_of(Why::kStopped), "g").ending, Ending::kWished);
  EXPECT_EQ(judge(end_of(Why::kPanicked, abi::kPanicGraph), "g").ending, Ending::kWrong);
  const Verdict crashed = judge(end_of(Why::kCrashed, 0, "page fault at 0x0"), "g");
  EXPECT_EQ(crashed.ending, Ending::kFailed);
  EXPECT_EQ(crashed.reason, "crashed: page fault at 0x0");
  vmm::End killed = end_of(Why::kKilled);
  killed.process = os::ExitStatus{.signal = 9};
  EXPECT_EQ(judge(killed, "g").reason, "lost its process: killed by signal 9");
  killed.process = os::ExitStatus{.signal = 11};
  EXPECT_EQ(judge(killed, "g").ending, Ending::kFailed);
  EXPECT_EQ(judge(killed, "g").reason, "crashed: a wrong address (signal 11)");
  EXPECT_EQ(judge(end_of(Why::kPanicked, abi::kPanicMemory), "g").error.code(),
            base::ErrorCode::kExhausted);
}

TEST(Endings, ErrorsInAGraphComeBackWithTheirPlaces) {
  const Verdict verdict =
      judge(end_of(Why::kPanicked, abi::kPanicGraph, "",
                   "error\tfw.click\t1\t4\tunknown element class 'Qeue'\tdid you mean "
                   "'Queue'?\nwarning\tfw.click\t2\t1\tunused\t\nerror\tfw.click\t3\t7\tno "
                   "such port\t\n"),
            "fw.click");
  EXPECT_EQ(verdict.error.to_string(),
            "fw.click has 2 errors: fw.click:1:4: unknown element class 'Qeue': fw.click:3:7: no "
            "such port");
  EXPECT_EQ(verdict.error.best_remedy(), "did you mean 'Queue'?");
}

TEST(Endings, AHostileGuestsFindingsAreEscapedAndCounted) {
  EXPECT_TRUE(parse_findings("\n\n\t\t\t\t\t\nerror\tx\t-1\t1\ty\t\nerror").empty());
  EXPECT_EQ(parse_findings("error\tx\x1b[2J\t1\t1\ty\tz").front().file, "x\\x1b[2J");
  std::string many;
  for (std::size_t i = 0; i < 2 * kFindingsMax; ++i) {
    many += "error\tx\t1\t1\ty\t\n";
  }
  EXPECT_EQ(parse_findings(many).size(), kFindingsMax);
}

}  // namespace
}  // namespace superfluid::agent
