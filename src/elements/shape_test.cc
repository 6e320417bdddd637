// SPDX-License-Identifier: Apache-2.0
// Resize, Pad, Align, MarkMACHeader, Clipboard: what they make of the bytes of packets; Hub,
// RandomSample, RatedSplitter: where they send them; PushNull, PullNull.
#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using namespace std::string_view_literals;

std::string shaped(std::string_view element, const std::vector<Sample>& samples,
                   const TestGraphOptions& options = {}) {
  TestGraph graph(base::cat("in :: Inject -> ", element, " -> out :: Capture"), options);
  EXPECT_EQ(graph.problems(), "");
  graph.send("in", samples);
  EXPECT_EQ(graph.held(), 0U);
  return graph.texts("out");
}

TEST(Resize, AddsAndTakesAwayBytes) {
  EXPECT_EQ(shaped("Resize", {"abcd"}), "abcd");
  EXPECT_EQ(shaped("Resize(-1, -2)", {"abcd", "ab", ""}), "b||");
  EXPECT_EQ(shaped("Resize(-2147483648)", {"abcd"}), "");
  EXPECT_EQ(shaped("Resize(-2) -> Resize(2)", {"abcd"}), "abcd");
  EXPECT_EQ(shaped("Resize(TAIL -2) -> Resize(0, 2)", {"abcd"}), "ab\0\0"sv);
}

TEST(Resize, ShowsNoBytesOfOthers) {
  EXPECT_EQ(shaped("Resize(-1) -> Resize(1)", {"ab"}, {.shared = true}), "\0b"sv);
  EXPECT_EQ(shaped("Resize(1)", {"ab"}, {.headroom = 0}), "\0ab"sv);
  EXPECT_EQ(shaped("Resize(TAIL 1)", {"ab"}, {.shared = true}), "ab\0"sv);
}

TEST(Resize, APacketThatWouldBeTooLongIsDropped) {
  EXPECT_EQ(shaped("Resize(2147483647)", {"ab"}), "");
  EXPECT_EQ(shaped("Resize(0, 2147483647)", {"ab"}), "");
}

TEST(Resize, HasHandlers) {
  TestGraph graph("in :: Inject -> r :: Resize -> out :: Capture");
  EXPECT_EQ(graph.write("r.head", "-1"), "");
  EXPECT_EQ(graph.write("r.tail", "-1"), "");
  EXPECT_EQ(graph.read("r.head"), "-1");
  graph.send("in", {"abc"});
  EXPECT_EQ(graph.texts("out"), "b");
  EXPECT_EQ(graph.write("r.tail", "x"), "error: 'x' is not an integer");
}

TEST(Pad, ToALengthOrToWhatWasCut) {
  EXPECT_EQ(shaped("Pad(3)", {"a", "abcd"}), "a\0\0|abcd"sv);
  EXPECT_EQ(shaped("Truncate(2) -> Pad", {"abcd", "a"}, {.shared = true}), "ab\0\0|a"sv);
  TestGraph graph("in :: Inject -> Truncate(1) -> Pad(ZERO false) -> out :: Capture");
  graph.send("in", {"abc"});
  EXPECT_EQ(graph.captured("out")[0].notes.extra_length, 0U);
}

TEST(Align, PlacesBytesWhereTheyAreWanted) {
  for (const std::uint32_t headroom : {61U, 62U, 64U}) {
    for (const bool shared : {false, true}) {
      TestGraph graph("in :: Inject -> Align(8, 3) -> out :: Capture",
                      {.headroom = headroom, .shared = shared});
      ASSERT_EQ(graph.problems(), "");
      Sample sample("abcdefgh");
      sample.network = 2;
      graph.send("in", {sample});
      EXPECT_EQ(graph.texts("out"), "abcdefgh");
      EXPECT_EQ(graph.captured("out")[0].network, 2);
    }
  }
}

TEST(Align, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> a :: Align(", arguments, ") -> Discard")).problems();
  };
  EXPECT_EQ(problems("3, 0"),
            "t:1:9: While configuring 'a :: Align':\n  MODULUS must be 2, 4, or 8\n");
  EXPECT_EQ(problems("4, 4"),
            "t:1:9: While configuring 'a :: Align':\n  OFFSET must be smaller than MODULUS\n");
}

TEST(MarkMACHeader, NotesWhereTheHeaderBegins) {
  TestGraph graph("in :: Inject -> MarkMACHeader(2, 14) -> Strip(3) -> out :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"abcd", "ab"});
  EXPECT_EQ(graph.captured("out")[0].mac, -1);
  EXPECT_FALSE(graph.captured("out")[1].mac.has_value());
}

TEST(Clipboard, CopiesFromOneWayToTheOther) {
  TestGraph graph(
      "from :: Inject -> [0] c :: Clipboard(0/1, 3/2) [0] -> Discard;"
      "to :: Inject -> [1] c [1] -> out :: Capture",
      {.shared = true});
  ASSERT_EQ(graph.problems(), "");
  graph.send("to", {"12345"});
  graph.send("from", {"abcdef", "abcd"});  // the second is too short
  graph.send("to", {"12345", "1234"});
  EXPECT_EQ(graph.texts("out"), "\00023\0\0|a23de|1234"sv);
}

TEST(Clipboard, WorksOnPullsToo) {
  TestGraph graph(
      "from :: Inject -> [0] c :: Clipboard(1/1) [0] -> a :: PullCapture;"
      "to :: Inject -> [1] c [1] -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("from", {"ab"});
  graph.send("to", {"12"});
  EXPECT_EQ(graph.pull("a", 1) + graph.pull("out", 1), 2U);
  EXPECT_EQ(graph.texts("out"), "1b");
}

TEST(Clipboard, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("i :: Idle -> c :: Clipboard(", arguments,
                               ") -> Discard; i [1] -> [1] c [1] -> Discard"))
        .problems();
  };
  const std::string in_clipboard = "t:1:14: While configuring 'c :: Clipboard':\n  ";
  EXPECT_EQ(problems("1, 1/, a/2, 1/70000, 0/65535, 0/2"),
            base::cat(in_clipboard, "range 0: expected '/' between offset and length\n",
                      in_clipboard, "range 1: expected '/' between offset and length\n",
                      in_clipboard, "range 2: invalid offset or length\n", in_clipboard,
                      "range 3: invalid offset or length\n", in_clipboard,
                      "range 5: more than 65536 bytes in all\n"));
}

// With another owner of the packet, a write needs a copy, and there is no third place.
TEST(Shape, CountsWhatThereIsNoMemoryFor) {
  for (const std::string_view element : {"Align(8, 3)", "Resize(1)", "Pad(9)"}) {
    TestGraph graph(base::cat("in :: Inject -> e :: ", element, " -> out :: Capture"),
                    {.packets_max = 2, .headroom = 64, .shared = true});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {"abcd"});
    EXPECT_EQ(graph.read("e.drops"), "1") << element;
    EXPECT_EQ(graph.texts("out"), "") << element;
  }
  TestGraph graph(
      "Idle -> [0] e :: Clipboard(0/1) -> Discard; in :: Inject -> [1] e [1] -> Discard",
      {.packets_max = 2, .shared = true});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"abcd"});
  EXPECT_EQ(graph.read("e.drops"), "1");
}

TEST(Hub, CountsCopiesThatThereIsNoMemoryFor) {
  TestGraph graph(
      "in :: Inject -> h :: Hub -> Discard; Idle -> [1] h [1] -> x :: Capture;"
      "Idle -> [2] h [2] -> y :: Capture",
      {.packets_max = 1});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.read("h.drops"), "1");
  EXPECT_EQ(base::cat(graph.texts("x"), graph.texts("y")), "a");
}

TEST(Hub, SendsToAllOthers) {
  TestGraph graph(
      "a :: Inject -> h :: Hub -> x :: Capture; b :: Inject -> [1] h [1] -> y :: Capture;"
      "c :: Inject -> [2] h [2] -> z :: Capture",
      {.shared = true});
  ASSERT_EQ(graph.problems(), "");
  graph.send("a", {"a", "A"});
  graph.send("b", {"b"});
  graph.send("c", {"c"});
  EXPECT_EQ(graph.texts("x"), "b|c");
  EXPECT_EQ(graph.texts("y"), "a|A|c");
  EXPECT_EQ(graph.texts("z"), "a|A|b");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(Hub, WithOnePortDropsAll) {
  TestGraph graph("a :: Inject -> h :: Hub -> x :: Capture");
  graph.send("a", {"a"});
  EXPECT_EQ(graph.read("h.drops"), "1");
  EXPECT_EQ(graph.texts("x"), "");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(RandomSample, PassesItsPart) {
  TestGraph graph("in :: Inject -> r :: RandomSample(0.25) -> a :: Capture; r [1] -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  const std::vector<Sample> many(1000, Sample("x"));
  graph.send("in", many);
  const std::size_t passed = graph.captured("a").size();
  EXPECT_GT(passed, 200U);  // the seed is fixed
  EXPECT_LT(passed, 300U);
  EXPECT_EQ(graph.captured("b").size(), 1000 - passed);
  EXPECT_EQ(graph.read("r.drops"), base::cat(1000 - passed));
  EXPECT_EQ(graph.read("r.config"), "SAMPLE 0.25, ACTIVE true");
  EXPECT_EQ(graph.write("r.drop_prob", "1"), "");
  EXPECT_EQ(graph.read("r.sampling_prob"), "0");
  graph.send("in", many);
  EXPECT_EQ(graph.captured("a").size(), passed);
  EXPECT_EQ(graph.write("r.active", "false"), "");
  graph.send("in", many);
  EXPECT_EQ(graph.captured("a").size(), passed + 1000);
  EXPECT_EQ(graph.write("r.sampling_prob", "1.1"),
            "error: Must be given a number between 0.0 and 1.0");
}

TEST(RandomSample, RefusesWrongArguments) {
  const auto problems = [](std::string_view arguments) {
    return TestGraph(base::cat("Idle -> r :: RandomSample(", arguments, ") -> Discard")).problems();
  };
  const std::string begin = "t:1:9: While configuring 'r :: RandomSample':\n  ";
  EXPECT_EQ(problems("SAMPLE .5, DROP 0.5"),
            base::cat(begin, "give at most one of SAMPLE and DROP\n"));
  EXPECT_EQ(problems("2"), base::cat(begin, "P: sampling probability must be between 0 and 1\n"));
  EXPECT_EQ(problems("."), base::cat(begin, "P: '.' is not a number from 0 to 1\n"));
  EXPECT_EQ(problems("0.x"), base::cat(begin, "P: '0.x' is not a number from 0 to 1\n"));
}

TEST(RatedSplitter, SendsWhatIsBeyondElsewhere) {
  TestGraph graph(
      "in :: Inject -> s :: RatedSplitter(10, BURST_SIZE 2) -> a :: Capture; s [1] -> b :: "
      "Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1", "2", "3", "4"});
  EXPECT_EQ(graph.texts("a"), "1|2");
  EXPECT_EQ(graph.texts("b"), "3|4");
  graph.advance(base::milliseconds(101));
  graph.send("in", {"5", "6"});
  EXPECT_EQ(graph.texts("a"), "1|2|5");
  EXPECT_EQ(graph.read("s.rate"), "10");
  EXPECT_EQ(graph.write("s.rate", "0"), "");
  EXPECT_EQ(graph.read("s.config"), "0");
}

TEST(BandwidthRatedSplitter, CountsBytes) {
  TestGraph graph(
      "in :: Inject -> s :: BandwidthRatedSplitter(1000Bps, BURST_BYTES 4) -> a :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"123456", "7"});  // the first goes into debt
  EXPECT_EQ(graph.texts("a"), "123456");
  EXPECT_EQ(graph.held(), 0U);
  graph.advance(base::milliseconds(10));
  graph.send("in", {"8"});
  EXPECT_EQ(graph.texts("a"), "123456|8");
  EXPECT_EQ(TestGraph("Idle -> s :: RatedSplitter(1, BURST_SIZE 1, BURST_DURATION 1) -> Discard")
                .problems(),
            "t:1:9: While configuring 's :: RatedSplitter':\n"
            "  cannot specify both BURST_DURATION and BURST_SIZE\n");
}

TEST(RandomSeed, MakesRunsAlike) {
  const auto drawn = [](std::string_view seed) {
    TestGraph graph(base::cat("s :: RandomSeed(", seed,
                              "); in :: Inject -> r :: RandomSample(0.5) -> out :: Capture"));
    EXPECT_EQ(graph.problems(), "");
    std::string all;
    for (const std::string_view again : {"", "7"}) {
      EXPECT_EQ(again.empty() ? "" : graph.write("s.seed", again), "");
      for (int i = 0; i < 64; ++i) {
        graph.send("in", {base::cat(i % 10)});
      }
      all += base::cat(graph.texts("out"), "/");
      graph.forget("out");
    }
    return all;
  };
  const std::string with_seven = drawn("7");
  EXPECT_EQ(with_seven, drawn("7"));
  EXPECT_NE(with_seven, drawn("8"));
  EXPECT_EQ(with_seven.substr(0, with_seven.size() / 2), with_seven.substr(with_seven.size() / 2));
  TestGraph graph("s :: RandomSeed; Idle -> Discard");
  EXPECT_EQ(graph.read("s.seed"), "");
  EXPECT_EQ(graph.write("s.seed", "-1"), "error: out of range, minimum 0");
}

TEST(AlignmentInfo, IsTakenButRead) {
  EXPECT_EQ(TestGraph("AlignmentInfo(d 8 2 4 0, d); Idle -> d :: Discard").problems(), "");
  for (const std::string_view wrong : {"d 8", "d 8 x", "d 8 2 4"}) {
    EXPECT_EQ(
        TestGraph(base::cat("a :: AlignmentInfo(", wrong, "); Idle -> d :: Discard")).problems(),
        "t:1:1: While configuring 'a :: AlignmentInfo':\n"
        "  expected 'ELEMENTNAME CHUNK OFFSET [CHUNK OFFSET...]'\n");
  }
}

TEST(Nulls, DecideHowPacketsMove) {
  EXPECT_EQ(shaped("PushNull", {"a"}), "a");
  TestGraph graph("in :: Inject -> PullNull -> out :: PullCapture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a"});
  EXPECT_EQ(graph.pull("out", 1), 1U);
  EXPECT_NE(TestGraph("Idle -> PullNull -> PushNull -> Discard").problems(), "");
}

}  // namespace
}  // namespace superfluid::elements
