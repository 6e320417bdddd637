// SPDX-License-Identifier: Apache-2.0
// EtherEncap, EtherRewrite, EtherMirror, HostEtherFilter, DropBroadcasts, SetTimestamp, and the
// VLAN elements.
#include <gtest/gtest.h>

#include "elements/ether_encap.h"
#include "elements/testing.h"
#include "elements/vlan_encap.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;

constexpr std::string_view kHeader = "222222111111TT";  // to "222222", from "111111", of type "TT"
constexpr std::string_view kAddresses = "31:31:31:31:31:31, 32:32:32:32:32:32";

// What comes out, with '|' between packets.
std::string through(std::string_view elements, const std::vector<Sample>& samples,
                    bool shared = false) {
  TestGraph graph(base::cat("in :: Inject -> ", elements, " -> out :: Capture"),
                  {.shared = shared});
  EXPECT_EQ(graph.problems(), "") << elements;
  graph.send("in", samples);
  EXPECT_EQ(graph.held(), 0U);
  return graph.texts("out");
}

std::string problems_of(std::string_view element) {
  return TestGraph(base::cat("Idle -> e :: ", element, " -> Discard")).problems();
}

TEST(EtherEncap, PutsAHeaderInFront) {
  TestGraph graph(
      base::cat("in :: Inject -> e :: EtherEncap(0x5454, ", kAddresses, ") -> out :: PullCapture"));
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"abc", ""});
  graph.pull("out", 2);
  EXPECT_EQ(graph.texts("out"), base::cat(kHeader, "abc|", kHeader));
  EXPECT_EQ(graph.captured("out")[0].mac, 0);
  EXPECT_EQ(graph.read("e.src"), "31-31-31-31-31-31");
  EXPECT_EQ(graph.read("e.ethertype"), "21588");
  EXPECT_EQ(graph.write("e.etht", "0x0801"), "");
  EXPECT_EQ(graph.read("e.ethertype"), "2049");
  EXPECT_EQ(graph.write("e.dst", "2:0:0:0:0:ab"), "");
  EXPECT_EQ(graph.read("e.dst"), "02-00-00-00-00-AB");
}

TEST(EtherEncap, CopiesWhatItDoesNotOwnAndDropsWhatIsTooLong) {
  EXPECT_EQ(through(base::cat("EtherEncap(0x5454, ", kAddresses, ")"), {"abc"}, true),
            base::cat(kHeader, "abc"));
  TestGraph graph(base::cat("in :: Inject -> e :: EtherEncap(0, ", kAddresses, ") -> Discard"),
                  {.headroom = 0});
  graph.send("in", {std::string(graph::kPacketBytesMax, 'x')});
  EXPECT_EQ(graph.read("e.drops"), "1");
}

TEST(EtherEncap, RefusesWrongArguments) {
  const std::string where = "t:1:9: While configuring 'e :: EtherEncap':\n  ";
  EXPECT_EQ(problems_of(base::cat("EtherEncap(65536, ", kAddresses, ")")),
            where + "ETHERTYPE: out of range, maximum 65535\n");
  EXPECT_EQ(problems_of("EtherEncap(1, 2:0:0:0:0:1)"), where + "required DST argument missing\n");
}

TEST(EtherRewrite, SetsBothAddresses) {
  const std::string rewrite = base::cat("EtherRewrite(", kAddresses, ")");
  EXPECT_EQ(through(rewrite, {"aaaaaabbbbbbXXabc", "aaaaaabbbbb"}, true), "222222111111XXabc");
  TestGraph graph(base::cat("in :: Inject -> e :: ", rewrite, " -> Discard"));
  graph.send("in", {"aaaaaabbbbb", ""});
  EXPECT_EQ(graph.read("e.drops"), "2");
  EXPECT_EQ(graph.write("e.src", "nowhere").substr(0, 6), "error:");
}

TEST(EtherRewrite, FindsTheHeaderThatIsNoted) {
  Sample inside("xxaaaaaabbbbbbXX");
  inside.mac = 2;
  Sample beyond("aaaaaabbbbbbXX");
  beyond.mac = 10;  // too near to the end to be a header
  EXPECT_EQ(through(base::cat("EtherRewrite(", kAddresses, ")"), {inside, beyond}),
            "xx222222111111XX|222222111111XX");
}

TEST(EtherMirror, ExchangesAddresses) {
  EXPECT_EQ(through("EtherMirror", {"aaaaaabbbbbbXXabc"}, true), "bbbbbbaaaaaaXXabc");
  TestGraph graph("in :: Inject -> e :: EtherMirror -> out :: Capture");
  graph.send("in", {"aaaaaabbbbbb", "aaaaaabbbbb", ""});
  EXPECT_EQ(graph.texts("out"), "bbbbbbaaaaaa");
  EXPECT_EQ(graph.read("e.drops"), "2");
}

TEST(HostEtherFilter, TellsForWhomPacketsAre) {
  TestGraph graph(
      "in :: Inject -> h :: HostEtherFilter(62:62:62:62:62:62, true, OFFSET 1)"
      " -> out :: Capture; h [1] -> no :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"1bbbbbbaaaaaaXX",
                    "2\xff\xff\xff\xff\xff\xff"
                    "aaaaaaXX",
                    "3accccc"
                    "aaaaaaXX",
                    "4cccccc"
                    "aaaaaaXX",
                    "5"
                    "dddddd"
                    "aaaaaaXX",
                    "6bbbbbbbbbbbbXX", "7bbbbbbaaaaaaX", ""});
  std::string kinds;
  for (const Sample& sample : graph.captured("out")) {
    kinds += base::cat(sample.text().substr(0, 1), ":", sample.notes.kind, " ");
  }
  EXPECT_EQ(kinds, "1:0 2:1 3:2 4:2 ");
  EXPECT_EQ(graph.captured("no").size(), 4U);
  EXPECT_EQ(graph.captured("no")[0].notes.kind, 3);
  EXPECT_EQ(graph.read("h.drops"), "4");
  EXPECT_EQ(graph.read("h.ether"), "62-62-62-62-62-62");
}

TEST(HostEtherFilter, LetsOthersPassWhenToldSo) {
  EXPECT_EQ(through("HostEtherFilter(62:62:62:62:62:62, false, false)",
                    {"ddddddbbbbbbXX", "bbbbbbbbbbbbXX"}),
            "ddddddbbbbbbXX|bbbbbbbbbbbbXX");
  EXPECT_EQ(through("HostEtherFilter(62:62:62:62:62:62, OFFSET 4294967295)", {"bbbbbbbbbbbbXX"}),
            "");
}

TEST(DropBroadcasts, DropsByTheNotes) {
  std::vector<Sample> samples = {"host", "broadcast", "multicast", "other"};
  for (std::uint8_t kind = 0; kind < samples.size(); ++kind) {
    samples[kind].notes.kind = kind;
  }
  TestGraph graph("in :: Inject -> d :: DropBroadcasts -> out :: Capture");
  graph.send("in", samples);
  EXPECT_EQ(graph.texts("out"), "host|other");
  EXPECT_EQ(graph.read("d.drops"), "2");
  EXPECT_EQ(graph.errors(), "DropBroadcasts: dropped a packet\n");
  TestGraph two("in :: Inject -> d :: DropBroadcasts -> Discard; d [1] -> out :: Capture");
  two.send("in", samples);
  EXPECT_EQ(two.texts("out"), "broadcast|multicast");
}

TEST(SetTimestamp, NotesTheTimeOfDayOrAnother) {
  TestGraph graph(
      "in :: Inject -> SetTimestamp -> a :: PullCapture;"
      "on :: Inject -> SetTimestamp(2.5) -> b :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.advance(base::seconds(1));
  graph.send("in", {"x"});
  graph.pull("a", 1);
  EXPECT_EQ(graph.captured("a")[0].notes.timestamp, base::seconds(1'000'000'001));
  graph.send("on", {"x"});
  EXPECT_EQ(graph.captured("b")[0].notes.timestamp, base::milliseconds(2500));
}

TEST(EtherVLANEncap, PutsATaggedHeaderInFront) {
  const auto encap = [](std::string_view more) {
    return base::cat("EtherVLANEncap(0x5454, ", kAddresses, more, ")");
  };
  EXPECT_EQ(through(encap(", 0x4142"), {"abc"}, true),
            "222222111111\x81" + std::string("\0ABTTabc", 8));
  EXPECT_EQ(through(encap(", VLAN_ID 0x141, VLAN_PCP 2"), {"abc"}),
            "222222111111\x81" + std::string("\0AATTabc", 8));
  EXPECT_EQ(through(encap(""), {"abc"}), "222222111111TTabc");  // VLAN 0 is native
  EXPECT_EQ(through(encap(", 0x142, NATIVE_VLAN 0x142"), {"abc"}), "222222111111TTabc");
  EXPECT_EQ(through("SetVLANAnno(0x4142) -> " + encap(", ANNO"), {"abc"}),
            "222222111111\x81" + std::string("\0ABTTabc", 8));
}

TEST(EtherVLANEncap, IsToldByHandlers) {
  TestGraph graph(base::cat("in :: Inject -> e :: EtherVLANEncap(0x5454, ", kAddresses,
                            ", ANNO, 1) -> Discard"));
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.read("e.vlan_tci"), "ANNO");
  EXPECT_EQ(graph.write("e.vlan_tci", "70000"), "error: out of range, maximum 65535");
  EXPECT_EQ(graph.read("e.vlan_tci"), "ANNO");
  EXPECT_EQ(graph.write("e.vlan_tci", "0x4005"), "");
  EXPECT_EQ(graph.read("e.vlan_id"), "5");
  EXPECT_EQ(graph.read("e.vlan_pcp"), "2");
  EXPECT_EQ(graph.write("e.vlan_pcp", "8"), "error: out of range, maximum 7");
  EXPECT_EQ(graph.write("e.vlan_pcp", "7"), "");
  EXPECT_EQ(graph.write("e.vlan_id", "4095"), "");
  EXPECT_EQ(graph.read("e.vlan_tci"), "61439");
  EXPECT_EQ(graph.write("e.native_vlan", "-2"), "error: out of range, minimum -1");
  EXPECT_EQ(graph.write("e.native_vlan", "-1"), "");
  EXPECT_EQ(graph.read("e.native_vlan"), "-1");
}

TEST(EtherVLANEncap, RefusesWrongArguments) {
  const std::string where = "t:1:9: While configuring 'e :: VLANEncap':\n  ";
  EXPECT_EQ(problems_of("VLANEncap(65536)"), where + "VLAN_TCI: out of range, maximum 65535\n");
  EXPECT_EQ(problems_of("VLANEncap(VLAN_ID 4096)"),
            where + "VLAN_ID: out of range, maximum 4095\n");
  EXPECT_EQ(problems_of("VLANEncap(1, 8)"), where + "VLAN_PCP: out of range, maximum 7\n");
  EXPECT_EQ(problems_of("VLANEncap(1, NATIVE_VLAN -2)"),
            where + "NATIVE_VLAN: out of range, minimum -1\n");
}

TEST(VLANEncap, PutsATagIntoTheHeader) {
  const std::string tagged =
      "222222111111\x88\xa8"
      "ABTTabc";
  EXPECT_EQ(through("VLANEncap(0x4142, ETHERTYPE 0x88a8)", {"222222111111TTabc"}, true), tagged);
  EXPECT_EQ(through("VLANEncap(0x4142, ETHERTYPE 0x88a8) -> VLANDecap(ETHERTYPE 0x88a8)",
                    {"222222111111TTabc"}, true),
            "222222111111TTabc");
  TestGraph graph("in :: Inject -> v :: VLANEncap(1) -> Discard");
  graph.send("in", {"222222111111T", ""});
  EXPECT_EQ(graph.read("v.drops"), "2");
}

TEST(VLANDecap, TakesTheTagOutAndNotesIt) {
  const std::string tagged = "222222111111\x81" + std::string("\0ABTTabc", 8);
  TestGraph graph("in :: Inject -> v :: VLANDecap -> out :: Capture", {.shared = true});
  ASSERT_EQ(graph.problems(), "");
  graph.send("in",
             {tagged, "222222111111TTabc", "short", tagged.substr(0, 17), tagged.substr(0, 14)});
  EXPECT_EQ(graph.texts("out"), "222222111111TTabc|222222111111TTabc|short");
  EXPECT_EQ(graph.captured("out")[0].notes.vlan_tci, 0x4142);
  EXPECT_EQ(graph.captured("out")[0].mac, 0);
  EXPECT_EQ(graph.captured("out")[1].notes.vlan_tci, 0);
  EXPECT_EQ(graph.read("v.drops"), "2");
}

TEST(VLANDecap, NotesNothingWhenToldSo) {
  TestGraph graph("in :: Inject -> VLANDecap(false) -> out :: Capture");
  Sample sample("222222111111TTabc");
  sample.notes.vlan_tci = 9;
  graph.send("in", {sample});
  EXPECT_EQ(graph.captured("out")[0].notes.vlan_tci, 9);
}

TEST(StripEtherVLANHeader, TakesOffAllOfTheHeader) {
  const std::string tagged = "222222111111\x81" + std::string("\0ABTTabc", 8);
  TestGraph graph(
      "in :: Inject -> s :: StripEtherVLANHeader(7) -> out :: Capture;"
      "s [1] -> no :: Capture");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {tagged, "222222111111TTxyz", "222222111111T", tagged.substr(0, 17)});
  EXPECT_EQ(graph.texts("out"), "abc|xyz");
  EXPECT_EQ(graph.captured("out")[0].notes.vlan_tci, 0x4142);
  EXPECT_EQ(graph.captured("out")[1].notes.vlan_tci, 7);
  EXPECT_EQ(graph.captured("no").size(), 2U);
  EXPECT_EQ(through("StripEtherVLANHeader(-1)", {"222222111111TTxyz", tagged}), "abc");
  EXPECT_EQ(problems_of("StripEtherVLANHeader(4096)"),
            "t:1:9: While configuring 'e :: StripEtherVLANHeader':\n  bad NATIVE_VLAN\n");
}

}  // namespace
}  // namespace superfluid::elements
