// SPDX-License-Identifier: Apache-2.0
#include "elements/print.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "elements/fraction_text.h"
#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

std::string printed(std::string_view arguments, const std::vector<Sample>& samples) {
  TestGraph graph(base::cat("in :: Inject -> Print(", arguments, ") -> out :: Capture"));
  EXPECT_EQ(graph.problems(), "") << arguments;
  graph.send("in", samples);
  EXPECT_EQ(graph.captured("out").size(), samples.size());
  return graph.errors();
}

TEST(Print, ShowsLengthAndBytes) {
  EXPECT_EQ(printed("", {"abcde"}), "   5 | 61626364 65\n");
  EXPECT_EQ(printed("x", {"abcd", ""}), "x:    4 | 61626364\nx:    0\n");
  EXPECT_EQ(printed("", {std::string(12345, 'a')}),
            "12345 | 61616161 61616161 61616161 61616161 61616161 61616161\n");
}

TEST(Print, ShowsAsManyBytesAsItIsTold) {
  EXPECT_EQ(printed("x, 2", {"abcd"}), "x:    4 | 6162\n");
  EXPECT_EQ(printed("x, LENGTH 0", {"abcd"}), "x:    4\n");
  EXPECT_EQ(printed("x, NBYTES -1", {std::string(28, 'a')}),
            "x:   28 | 61616161 61616161 61616161 61616161 61616161 61616161 61616161\n");
}

TEST(Print, ShowsText) {
  EXPECT_EQ(printed("CONTENTS ascii", {"ab\1d ~\xffhij"}), "  10 |  ab.d ~.h ij\n");
  EXPECT_EQ(printed("CONTENTS NONE", {"ab"}), "   2\n");
  EXPECT_EQ(printed("CONTENTS false", {"ab"}), "   2\n");
  EXPECT_EQ(printed("CONTENTS Hex", {"ab"}), "   2 | 6162\n");
}

TEST(Print, ShowsTimesRoomAndNotes) {
  Sample sample("a");
  sample.notes.timestamp = base::milliseconds(1'700'000'000'250);
  EXPECT_EQ(printed("TIMESTAMP true", {sample}), "1700000000.250000:    1 | 61\n");
  EXPECT_EQ(printed("x, TIMESTAMP true", {sample}), "x: 1700000000.250000:    1 | 61\n");
  EXPECT_EQ(printed("HEADROOM true, CONTENTS NONE", {sample}).substr(0, 11), "   1 (h64 t");
  sample.notes.destination.bytes[0] = 10;
  sample.notes.paint = 0xab;
  sample.notes.icmp_pointer = 0xcd;
  sample.notes.fix_ip_source = true;
  sample.notes.vlan_tci = 0x1234;
  sample.notes.extra_length = 5;
  sample.notes.number = 7;
  EXPECT_EQ(printed("PRINTANNO true", {sample}),
            "   1 | 0a000000000000000000000000000000abcd000112340000"
            "000000000500000007000000000000000000000000000000 | 61\n");
}

TEST(Print, IsSwitchedOffAndOn) {
  TestGraph graph("in :: Inject -> p :: Print(x, ACTIVE false) -> out :: PullCapture");
  graph.send("in", {"a", "b"});
  graph.pull("out", 1);
  EXPECT_EQ(graph.errors(), "");
  EXPECT_EQ(graph.write("p.active", "true"), "");
  graph.pull("out", 1);
  EXPECT_EQ(graph.errors(), "x:    1 | 62\n");
}

// Its line stands where a reader expects it: one packet passes both before the next one comes.
TEST(Print, KeepsTheOrderOfAGraph) {
  TestGraph graph("in :: Inject -> Print(a) -> Print(b) -> Discard");
  graph.send("in", {"1", "2"});
  EXPECT_EQ(graph.errors(), "a:    1 | 31\nb:    1 | 31\na:    1 | 32\nb:    1 | 32\n");
}

TEST(Print, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("Idle -> p :: Print(CONTENTS octal) -> Discard").problems(),
            "t:1:9: While configuring 'p :: Print':\n"
            "  bad contents value 'octal'; should be 'NONE', 'HEX', or 'ASCII'\n");
}

TEST(FractionText, PrintsTimestamps) {
  EXPECT_EQ(timestamp_text(base::Duration()), "0.000000");
  EXPECT_EQ(timestamp_text(base::nanoseconds(1'000'001'000)), "1.000001");
  EXPECT_EQ(timestamp_text(base::nanoseconds(1'000'000'001)), "1.000000001");
  EXPECT_EQ(timestamp_text(base::nanoseconds(-1'000)), "-0.000001");
}

}  // namespace
}  // namespace superfluid::elements
