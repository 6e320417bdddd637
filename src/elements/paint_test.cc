// SPDX-License-Identifier: Apache-2.0
// Paint, CheckPaint, PaintTee, PaintSwitch.
#include "elements/paint.h"

#include <gtest/gtest.h>

#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

Sample colored(std::string_view text, std::uint8_t color) {
  Sample sample(text);
  sample.notes.paint = color;
  return sample;
}

TEST(Paint, NotesAColor) {
  TestGraph graph("in :: Inject -> p :: Paint(255) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.captured("out")[0].notes.paint, 255);
  EXPECT_EQ(graph.read("p.color"), "255");
  EXPECT_EQ(graph.write("p.color", "256"), "error: out of range, maximum 255");
  EXPECT_EQ(graph.write("p.color", "7"), "");
  graph.send("in", {"b"});
  EXPECT_EQ(graph.captured("out")[1].notes.paint, 7);
}

TEST(Paint, WritesOtherNotes) {
  TestGraph graph(
      "in :: Inject -> Paint(1, PAINT) -> Paint(2, ICMP_PARAMPROB) -> Paint(3, 15)"
      " -> Paint(4, 0) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  const graph::Annotations& notes = graph.captured("out")[0].notes;
  EXPECT_EQ(notes.paint, 1);
  EXPECT_EQ(notes.icmp_pointer, 2);
  EXPECT_EQ(notes.destination.bytes[15], 3);
  EXPECT_EQ(notes.destination.bytes[0], 4);
}

TEST(Paint, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> p :: Paint(", arguments, ") -> Discard")).problems();
  };
  const std::string where = "t:1:9: While configuring 'p :: Paint':\n  ";
  EXPECT_EQ(problems(""), where + "required COLOR argument missing\n");
  EXPECT_EQ(problems("-1"), where + "COLOR: out of range, minimum 0\n");
  EXPECT_EQ(problems("1, 18"), where + "ANNO: '18' is not a note of one byte\n");
  EXPECT_EQ(problems("1, GREEN"), where + "ANNO: 'GREEN' is not a note of one byte\n");
}

TEST(CheckPaint, PassesOneColor) {
  TestGraph graph("in :: Inject -> c :: CheckPaint(1) -> out :: Capture; c [1] -> no :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {colored("a", 1), colored("b", 2), colored("c", 1)});
  EXPECT_EQ(graph.texts("out"), "a|c");
  EXPECT_EQ(graph.texts("no"), "b");
  EXPECT_EQ(graph.write("c.color", "2"), "");
  graph.send("in", {colored("d", 2)});
  EXPECT_EQ(graph.texts("out"), "a|c|d");
}

TEST(CheckPaint, DropsWhatHasNoOutput) {
  TestGraph graph("in :: Inject -> CheckPaint(1) -> out :: PullCapture");
  graph.send("in", {colored("a", 2), colored("b", 1)});
  EXPECT_EQ(graph.pull("out", 2), 1U);
  EXPECT_EQ(graph.texts("out"), "b");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(PaintTee, CopiesOneColor) {
  TestGraph graph(
      "in :: Inject -> p :: PaintTee(1) -> out :: PullCapture; p [1] -> copy :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {colored("a", 1), colored("b", 2)});
  EXPECT_EQ(graph.pull("out", 2), 2U);
  EXPECT_EQ(graph.texts("out"), "a|b");
  EXPECT_EQ(graph.texts("copy"), "a");
  EXPECT_EQ(graph.captured("copy")[0].notes.paint, 1);
  EXPECT_EQ(graph.read("p.color"), "1");
}

TEST(PaintTee, NeedsBothOutputs) {
  EXPECT_EQ(TestGraph("Idle -> p :: PaintTee(1) -> Discard").problems(),
            "t:1:9: 'p :: PaintTee' output 1 unused\n");
}

TEST(PaintSwitch, SendsByColor) {
  TestGraph graph("in :: Inject -> p :: PaintSwitch -> a :: Capture; p [1] -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {colored("1", 0), colored("2", 1), colored("3", 0), colored("4", 2)});
  EXPECT_EQ(graph.texts("a"), "1|3");
  EXPECT_EQ(graph.texts("b"), "2");
  EXPECT_EQ(graph.held(), 0U);
}

// Also with copies in between, order is kept at each output.
TEST(PaintSwitch, SendsTheLastColorToAll) {
  TestGraph graph("in :: Inject -> p :: PaintSwitch -> a :: Capture; p [1] -> b :: Capture");
  graph.send("in", {colored("1", 0), colored("2", 255), colored("3", 255), colored("4", 0)});
  EXPECT_EQ(graph.texts("a"), "1|2|3|4");
  EXPECT_EQ(graph.texts("b"), "2|3");
}

TEST(PaintSwitch, DropsWithoutOutputs) {
  TestGraph graph("in :: Inject -> PaintSwitch");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {colored("1", 0), colored("2", 255)});
  EXPECT_EQ(graph.held(), 0U);
}

}  // namespace
}  // namespace superfluid::elements
