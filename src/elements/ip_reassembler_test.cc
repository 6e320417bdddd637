// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "base/text.h"
#include "elements/testing.h"
#include "net/ipv4.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using Bytes = std::vector<std::uint8_t>;

Bytes counted(std::size_t length) {
  Bytes bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i ^ i >> 8);
  }
  return bytes;
}

struct Wanted {
  std::size_t offset = 0;
  std::size_t length = 8;
  bool more = false;
  std::uint16_t identification = 7;
  std::size_t options = 0;
};

// A piece of the packet whose payload is counted().
Sample piece(const Wanted& wanted) {
  const Bytes all = counted(wanted.offset + wanted.length);
  const Bytes options(wanted.options, 1);
  Bytes bytes(60 + wanted.length);
  base::Writer writer(bytes);
  net::write_ipv4(writer,
                  {.identification = wanted.identification,
                   .more_fragments = wanted.more,
                   .fragment_offset = wanted.offset,
                   .protocol = net::IpProtocol::kUdp,
                   .source = {{192, 0, 2, 1}},
                   .destination = {{192, 0, 2, 2}},
                   .options = options},
                  wanted.length);
  writer.bytes(base::ByteView(all).subspan(wanted.offset));
  bytes.resize(writer.position());
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

constexpr std::string_view kGraph =
    "in :: Inject -> r :: IPReassembler -> out :: Capture; r [1] -> given_up :: Capture";

// Whether the sample is the whole packet with so much payload.
void expect_whole(const Sample& sample, std::size_t length) {
  const auto view = net::parse_ipv4(
      base::ByteView(sample.bytes).subspan(static_cast<std::size_t>(sample.network.value())));
  ASSERT_TRUE(view && net::verify_checksum(*view));
  EXPECT_EQ(view->header->fragment_place(), net::FragmentPlace::kWhole);
  EXPECT_EQ(Bytes(view->payload.begin(), view->payload.end()), counted(length));
}

TEST(IPReassembler, PutsFragmentsTogetherInAnyOrder) {
  for (const bool shared : {false, true}) {
    TestGraph graph(kGraph, TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample first = piece({0, 24, true, 7, 4});
    first.bytes.insert(first.bytes.begin(), 14, 'e');
    first.network = 14;
    first.notes.paint = 9;
    first.notes.timestamp = base::seconds(1);
    Sample last = piece({24, 5});
    last.notes.timestamp = base::seconds(5);
    graph.send("in", {piece({0, 8, false, 8}), last, piece({0, 16, true, 9}), first});
    ASSERT_EQ(graph.captured("out").size(), 2U);
    EXPECT_EQ(graph.captured("out")[0].bytes.size(), 28U);  // was whole all along
    const Sample& whole = graph.captured("out")[1];
    expect_whole(whole, 29);
    EXPECT_EQ(whole.text().substr(0, 14), "eeeeeeeeeeeeee");
    EXPECT_EQ(whole.mac, 0);
    EXPECT_EQ(whole.transport, 14 + 24);
    EXPECT_EQ(whole.notes.paint, 9);
    EXPECT_EQ(whole.notes.timestamp, base::seconds(1));
    EXPECT_EQ(graph.read("r.reassembled") + graph.read("r.fragments") + graph.read("r.waiting"),
              "131");
    EXPECT_EQ(graph.held(), 1U);
    EXPECT_NE(graph.read("r.dump").find(" 192.0.2.1 > 192.0.2.2 9: 2 blocks to 16\n"),
              std::string::npos);
  }
}

TEST(IPReassembler, IgnoresWhatCameAlready) {
  TestGraph graph(kGraph);
  graph.send("in",
             {piece({0, 16, true}), piece({0, 16, true}), piece({8, 8, true}), piece({16, 3})});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  expect_whole(graph.captured("out")[0], 19);
  EXPECT_EQ(graph.read("r.memory"), "0");
}

TEST(IPReassembler, GivesUpOnForgeries) {
  struct Case {
    Wanted first;
    Wanted second;
  };
  for (const Case& each : {Case{{0, 24, true}, {16, 24, true}},  // overlap
                           Case{{16, 24, true}, {8, 16, true}},  // from the other side
                           Case{{0, 24, true}, {8, 5}},          // teardrop
                           Case{{16, 8}, {24, 8, true}},         // behind the end
                           Case{{16, 8}, {24, 8}},               // two ends
                           Case{{32, 8, true}, {16, 8}}}) {      // an end before what came
    TestGraph graph(kGraph);
    graph.send("in", {piece(each.first), piece(each.second)});
    EXPECT_EQ(graph.read("r.failed"), "1");
    EXPECT_EQ(graph.read("r.waiting"), "0");
    EXPECT_EQ(graph.held(), 0U);
  }
}

TEST(IPReassembler, RefusesWhatIsNoPart) {
  TestGraph graph(kGraph);
  Sample cut = piece({0, 24, true});
  cut.bytes.resize(40);
  Sample unmarked = piece({0, 24, true});
  unmarked.network = std::nullopt;
  graph.send("in", {piece({0, 12, true}), piece({8, 0}), piece({65'528, 8}), piece({65'504, 12}),
                    cut, unmarked, ""});
  EXPECT_EQ(graph.read("r.bad"), "7");
  EXPECT_EQ(graph.held(), 0U);
  // Each is short enough, but not with the other's options.
  graph.send("in", {piece({65'504, 11}), piece({0, 8, true, 7, 4})});
  EXPECT_EQ(graph.read("r.failed"), "1");
}

TEST(IPReassembler, GivesUpAfterHalfAMinute) {
  TestGraph graph(kGraph);
  graph.send("in", {piece({0, 16, true}), piece({24, 8, true}), piece({8, 8, true, 8})});
  graph.advance(base::seconds(29));
  graph.send("in", {piece({0, 16, true, 9})});
  EXPECT_EQ(graph.read("r.waiting"), "3");
  graph.advance(base::seconds(1));
  EXPECT_EQ(graph.read("r.waiting"), "1");
  ASSERT_EQ(graph.captured("given_up").size(), 1U);  // the other one's beginning never came
  const auto view = net::parse_ipv4(graph.captured("given_up")[0].bytes);
  ASSERT_TRUE(view && net::verify_checksum(*view));
  EXPECT_TRUE(view->header->more_fragments());
  EXPECT_EQ(Bytes(view->payload.begin(), view->payload.end()), counted(16));
  graph.advance(base::seconds(60));
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.router().schedule().next_timer(), std::nullopt);
}

TEST(IPReassembler, IsBoundedUnderABombOfFragments) {
  TestGraph graph("in :: Inject -> r :: IPReassembler(HIMEM 100000) -> out :: Capture");
  for (std::uint16_t i = 0; i < 2000; ++i) {
    graph.send("in", {piece({(i % 8000U) * 8U, 8, true, i})});
    ASSERT_LE(base::parse_u64(graph.read("r.memory")).value(), 100'000U);
    ASSERT_LE(graph.held(), 64U);
  }
  graph.send("in", {piece({0, 8, true, 60'000}), piece({8, 8, false, 60'000})});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(base::parse_u64(graph.read("r.failed")).value() +
                base::parse_u64(graph.read("r.waiting")).value(),
            2000U);
  TestGraph none("in :: Inject -> r :: IPReassembler(HIMEM 0) -> out :: Capture");
  none.send("in", {piece({0, 8, true})});
  EXPECT_EQ(none.read("r.memory"), "0");
}

TEST(IPReassembler, LivesWithoutMemory) {
  TestGraph graph(kGraph, {.packets_max = 2});
  for (const std::uint16_t identification : {std::uint16_t{7}, std::uint16_t{8}}) {
    graph.send("in", {piece({0, 8, true, identification})});
  }
  EXPECT_EQ(graph.read("r.waiting"), "1");
  EXPECT_EQ(graph.read("r.failed"), "1");
}

TEST(IPReassembler, HandsOnWhatIsUnderWay) {
  TestGraph graph(
      "a :: Inject -> old :: IPReassembler -> out :: Capture;"
      "b :: Inject -> new :: IPReassembler -> [1] out");
  graph.send("a", {piece({0, 16, true})});
  graph.element("new").take_state(graph.element("old"));
  graph.send("b", {piece({16, 3})});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  expect_whole(graph.captured("out")[0], 19);
}

// Cut and put together, in any order and with repeats, is what it was.
TEST(IPReassembler, UndoesIPFragmenter) {
  rc::check([] {
    const auto length = *rc::gen::inRange<std::size_t>(9, 6000);
    const auto mtu = *rc::gen::inRange(68, 1500);
    TestGraph cutter(base::cat("in :: Inject -> IPFragmenter(", mtu, ") -> out :: Capture"));
    cutter.send(
        "in",
        {piece({0, length, false, 7, static_cast<std::size_t>(*rc::gen::inRange(0, 10) * 4)})});
    const Sample sent = piece({0, length});
    std::vector<Sample> fragments = cutter.captured("out");
    fragments.push_back(fragments[*rc::gen::inRange<std::size_t>(0, fragments.size())]);
    base::Rng rng(*rc::gen::arbitrary<std::uint32_t>());
    for (std::size_t i = fragments.size(); i > 1; --i) {
      std::swap(fragments[i - 1], fragments[rng.below(static_cast<std::uint32_t>(i))]);
    }
    TestGraph joiner(kGraph);
    joiner.send("in", fragments);
    const auto& out = joiner.captured("out");
    RC_ASSERT(!out.empty());
    const auto view = net::parse_ipv4(out[0].bytes);
    RC_ASSERT(view && net::verify_checksum(*view));
    RC_ASSERT(Bytes(view->payload.begin(), view->payload.end()) == counted(length));
    RC_ASSERT(joiner.read("r.failed") == "0");
  });
}

}  // namespace
}  // namespace superfluid::elements
