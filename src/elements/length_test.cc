// SPDX-License-Identifier: Apache-2.0
// Strip, Unstrip, Truncate, CheckLength: what an element does to, or thinks of, a packet's length.
#include <gtest/gtest.h>

#include "elements/check_length.h"
#include "elements/strip.h"
#include "elements/testing.h"
#include "elements/truncate.h"
#include "elements/unstrip.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

TEST(Strip, TakesBytesOffTheFront) {
  TestGraph graph("in :: Inject -> Strip(2) -> out :: Capture", {.shared = true});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"abcd", "ab", "a", ""});
  EXPECT_EQ(graph.texts("out"), "cd|||");
}

TEST(Strip, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("Idle -> s :: Strip -> Discard").problems(),
            "t:1:9: While configuring 's :: Strip':\n  required LENGTH argument missing\n");
  EXPECT_EQ(TestGraph("Idle -> s :: Strip(-1) -> Discard").problems(),
            "t:1:9: While configuring 's :: Strip':\n  LENGTH: out of range, minimum 0\n");
}

TEST(Unstrip, PutsBackWhatWasTaken) {
  for (const bool shared : {false, true}) {
    TestGraph graph("in :: Inject -> Strip(3) -> Unstrip(2) -> out :: Capture", {.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"abcd"});
    EXPECT_EQ(graph.texts("out"), "bcd") << shared;
  }
}

TEST(Unstrip, MakesRoomWhereThereIsNone) {
  TestGraph graph("in :: Inject -> Unstrip(1000) -> Strip(1000) -> out :: Capture",
                  {.headroom = 0});
  graph.send("in", {"abcd"});
  EXPECT_EQ(graph.texts("out"), "abcd");
}

TEST(Unstrip, DropsWhatWouldBeTooLong) {
  TestGraph graph("in :: Inject -> u :: Unstrip(65535) -> out :: Capture");
  graph.send("in", {testing::Sample(std::string(300, 'x'))});
  EXPECT_EQ(graph.read("u.drops"), "1");
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(TestGraph("Idle -> u :: Unstrip(65536) -> Discard").problems(),
            "t:1:9: While configuring 'u :: Unstrip':\n  LENGTH: out of range, maximum 65535\n");
}

TEST(Truncate, CutsAndNotesHowMuch) {
  TestGraph graph("in :: Inject -> t :: Truncate(2) -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"abcde", "ab", ""});
  graph.pull("out", 3);
  EXPECT_EQ(graph.texts("out"), "ab|ab|");
  EXPECT_EQ(graph.captured("out")[0].notes.extra_length, 3U);
  EXPECT_EQ(graph.captured("out")[1].notes.extra_length, 0U);
  EXPECT_EQ(graph.write("t.nbytes", "1"), "");
  graph.send("in", {"xyz"});
  graph.pull("out", 1);
  EXPECT_EQ(graph.captured("out")[3].text(), "x");
}

TEST(Truncate, NotesNothingWhenToldSo) {
  TestGraph graph("in :: Inject -> Truncate(1, EXTRA_LENGTH false) -> out :: Capture");
  graph.send("in", {"abc"});
  EXPECT_EQ(graph.captured("out")[0].notes.extra_length, 0U);
}

TEST(CheckLength, PassesWhatIsNotTooLong) {
  TestGraph graph("in :: Inject -> c :: CheckLength(2) -> out :: Capture; c [1] -> no :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"ab", "abc", "", "abcd", "a"});
  EXPECT_EQ(graph.texts("out"), "ab||a");
  EXPECT_EQ(graph.texts("no"), "abc|abcd");
  EXPECT_EQ(graph.write("c.length", "3"), "");
  EXPECT_EQ(graph.read("c.length"), "3");
}

TEST(CheckLength, DropsWhatHasNoOutput) {
  TestGraph graph("in :: Inject -> CheckLength(2) -> out :: PullCapture");
  graph.send("in", {"abc", "ab"});
  EXPECT_EQ(graph.pull("out", 9), 1U);
  EXPECT_EQ(graph.texts("out"), "ab");
  EXPECT_EQ(graph.held(), 0U);
}

}  // namespace
}  // namespace superfluid::elements
