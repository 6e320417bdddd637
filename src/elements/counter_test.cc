// SPDX-License-Identifier: Apache-2.0
#include "elements/counter.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/fraction_text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::TestGraph;

TEST(Counter, CountsWhatIsPushed) {
  TestGraph graph("in :: Inject -> c :: Counter -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "bc", ""});
  EXPECT_EQ(graph.read("c.count"), "3");
  EXPECT_EQ(graph.read("c.byte_count"), "3");
  EXPECT_EQ(graph.texts("out"), "a|bc|");
  EXPECT_EQ(graph.write("c.reset"), "");
  EXPECT_EQ(graph.read("c.count"), "0");
  EXPECT_EQ(graph.read("c.byte_count"), "0");
}

TEST(Counter, CountsWhatIsPulled) {
  TestGraph graph("in :: Inject -> c :: Counter -> out :: PullCapture");
  graph.send("in", {"ab", "cd", "ef"});
  EXPECT_EQ(graph.read("c.count"), "0");
  EXPECT_EQ(graph.pull("out", 2), 2U);
  EXPECT_EQ(graph.read("c.count"), "2");
  EXPECT_EQ(graph.read("c.byte_count"), "4");
}

// A call comes before its packet goes on, and after those before it did, however they are batched.
TEST(Counter, CallsOnceWhenACountIsReached) {
  TestGraph graph(
      "in :: Inject -> c :: Counter(COUNT_CALL 3 sw.switch 1) -> sw :: Switch -> a :: Capture;"
      "sw [1] -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1", "2", "3", "4"});
  EXPECT_EQ(graph.texts("a"), "1|2");
  EXPECT_EQ(graph.texts("b"), "3|4");
  EXPECT_EQ(graph.write("sw.switch", "0"), "");
  graph.send("in", {"5"});
  EXPECT_EQ(graph.texts("a"), "1|2|5");
  EXPECT_EQ(graph.write("c.reset_counts"), "");
  graph.send("in", {"6", "7", "8"});
  EXPECT_EQ(graph.texts("a"), "1|2|5|6|7");
  EXPECT_EQ(graph.read("c.count_call"), "3");
}

TEST(Counter, CallsWhenBytesReachOrPassACount) {
  TestGraph graph("in :: Inject -> c :: Counter(BYTE_COUNT_CALL 5 stop) -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"ab", "cd", "efgh"});
  graph.pull("out", 2);
  EXPECT_FALSE(graph.router().stopped());
  graph.pull("out", 1);
  EXPECT_TRUE(graph.router().stopped());
}

TEST(Counter, TakesANewCall) {
  TestGraph graph(
      "in :: Inject -> c :: Counter -> sw :: Switch -> a :: Capture; sw [1] -> b :: Capture");
  EXPECT_EQ(graph.read("c.count_call"), "");
  EXPECT_EQ(graph.write("c.count_call", "2 sw.switch 1"), "");
  EXPECT_EQ(graph.write("c.count_call", "x"),
            "error: 'count_call' first word should be unsigned (count)");
  EXPECT_EQ(graph.write("c.byte_count_call", "1 sw.none"),
            "error: no 'none' write handler for element 'sw'");
  graph.send("in", {"1", "2"});
  EXPECT_EQ(graph.texts("b"), "2");
}

TEST(Counter, SaysWhatACallWasRefused) {
  TestGraph graph(
      "in :: Inject -> c :: Counter(COUNT_CALL 1 sw.switch x) -> sw :: Switch -> a :: Capture");
  graph.send("in", {"1"});
  EXPECT_EQ(graph.errors(), "sw.switch: 'x' is not an integer\n");
}

TEST(Counter, FindsTheElementInItsOwnCompound) {
  TestGraph graph(
      "elementclass C { input -> Counter(COUNT_CALL 1 sw.switch 1) -> sw :: Switch;"
      " sw [0] -> [0] output; sw [1] -> [1] output }"
      "in :: Inject -> c :: C -> a :: Capture; c [1] -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1"});
  EXPECT_EQ(graph.texts("b"), "1");
}

TEST(Counter, MeasuresItsRate) {
  TestGraph graph("in :: Inject -> c :: Counter -> out :: Capture");
  for (int i = 0; i < 300; ++i) {
    graph.advance(base::milliseconds(1));
    graph.send("in", {"0123456789", "0123456789"});
  }
  EXPECT_EQ(graph.read("c.rate"), "2000");
  EXPECT_EQ(graph.read("c.byte_rate"), "20000");
  EXPECT_EQ(graph.read("c.bit_rate"), "160000");
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.read("c.rate"), "0");
}

TEST(Counter, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> c :: Counter(", arguments, ") -> Discard")).problems();
  };
  EXPECT_EQ(problems("COUNT_CALL x stop"),
            "t:1:9: While configuring 'c :: Counter':\n  COUNT_CALL type mismatch\n");
  EXPECT_EQ(problems("BYTE_COUNT_CALL -1 stop"),
            "t:1:9: While configuring 'c :: Counter':\n  BYTE_COUNT_CALL type mismatch\n");
  EXPECT_EQ(problems("COUNT_CALL 1 gone.reset"),
            "t:1:9: While initializing 'c :: Counter':\n  no element named 'gone'\n");
  EXPECT_EQ(problems("COUNT_CALL 1 c.count"),
            "t:1:9: While initializing 'c :: Counter':\n"
            "  no 'count' write handler for element 'c'\n");
}

TEST(FractionText, PrintsFractionsShort) {
  EXPECT_EQ(binary_fraction_text(0, 10), "0");
  EXPECT_EQ(binary_fraction_text(5 << 10, 10), "5");
  EXPECT_EQ(binary_fraction_text((5 << 10) + 512, 10), "5.5");
  EXPECT_EQ(binary_fraction_text(1, 10), "0.001");
  EXPECT_EQ(binary_fraction_text(1, 4), "0.06");
  EXPECT_EQ(binary_fraction_text(0xffffffff'ffffffff, 0), "18446744073709551615");
}

TEST(FractionText, PrintsDecimals) {
  EXPECT_EQ(decimal_text(0, 6), "0");
  EXPECT_EQ(decimal_text(1, 3), "0.001");
  EXPECT_EQ(decimal_text(1'050'000, 6), "1.05");
  EXPECT_EQ(decimal_text(0xffffffff'ffffffff, 9), "18446744073.709551615");
}

// Whatever is printed names one value only.
TEST(FractionText, PrintsEveryFractionDifferently) {
  std::string before;
  for (std::uint64_t value = 0; value < 2048; ++value) {
    const std::string text = binary_fraction_text(value, 10);
    EXPECT_NE(text, before) << value;
    EXPECT_LE(text.size(), 6U) << value;
    before = text;
  }
}

TEST(AverageCounter, TakesTheWholeTime) {
  TestGraph graph("in :: Inject -> c :: AverageCounter -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::seconds(100));  // what was before the first packet does not count
  graph.send("in", {"ab", "cd"});
  graph.advance(base::seconds(2));
  graph.send("in", {"efgh"});
  EXPECT_EQ(graph.read("c.count"), "3");
  EXPECT_EQ(graph.read("c.byte_count"), "8");
  EXPECT_EQ(graph.read("c.rate"), "1.5");
  EXPECT_EQ(graph.read("c.byte_rate"), "4");
  EXPECT_EQ(graph.write("c.reset"), "");
  EXPECT_EQ(graph.read("c.rate"), "0");
}

TEST(AverageCounter, IgnoresTheBeginning) {
  TestGraph graph("in :: Inject -> c :: AverageCounter(1) -> out :: PullCapture");
  graph.send("in", {"a", "b", "c", "d"});
  graph.pull("out", 1);
  graph.advance(base::milliseconds(999));
  graph.pull("out", 1);
  EXPECT_EQ(graph.read("c.count"), "0");
  graph.advance(base::milliseconds(3001));
  graph.pull("out", 1);
  EXPECT_EQ(graph.read("c.count"), "1");
  EXPECT_EQ(graph.read("c.rate"), "0.333333");
}

TEST(AverageCounter, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("Idle -> AverageCounter(x) -> Discard").problems(),
            "t:1:9: While configuring 'AverageCounter@2 :: AverageCounter':\n"
            "  IGNORE: 'x' is not an integer\n");
}

}  // namespace
}  // namespace superfluid::elements
