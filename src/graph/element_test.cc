// SPDX-License-Identifier: Apache-2.0
#include "graph/element.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/testing.h"

namespace superfluid::graph {
namespace {

using testing::Sample;
using testing::TestGraph;

// To the output that the first byte counts; 255 is none, as an element may say it.
class ByFirstByte final : public Splitter<ByFirstByte> {
 public:
  static const ElementClass kClass;
  std::uint32_t choose(const Packet& packet) const {
    return packet.data[0] == 255 ? 0xffffffff : packet.data[0];
  }
};
const ElementClass ByFirstByte::kClass{"ByFirstByte", "1/-", "h/h", make_element<ByFirstByte>};

// Refuses packets that begin with 'x': to output 1, where there is one.
class NoX final : public PerPacket<NoX> {
 public:
  static const ElementClass kClass;
  Packet* act(Packet* packet) {
    if (packet->length != 0 && packet->data[0] == 'x') {
      reject(packet);
      return nullptr;
    }
    return packet;
  }
};
const ElementClass NoX::kClass{"NoX", "1/1-2", "a/ah", make_element<NoX>};

// Gives away packets that begin with 'x', for ever.
class EndlessX final : public Element {
 public:
  static const ElementClass kClass;
  std::size_t pull(std::uint32_t, Packet** into, std::size_t max) override {
    std::size_t count = 0;
    while (count < max && (into[count] = router().pool().make(base::bytes_of("x"))) != nullptr) {
      ++count;
    }
    return count;
  }
};
const ElementClass EndlessX::kClass{"EndlessX", "0/1", "l/l", make_element<EndlessX>};

const Registry& registry() {
  static const std::unique_ptr<Registry> made = [] {
    auto registry = std::make_unique<Registry>();
    testing::add_test_classes(*registry);
    registry->add(ByFirstByte::kClass);
    registry->add(NoX::kClass);
    registry->add(EndlessX::kClass);
    return registry;
  }();
  return *made;
}

TEST(PerPacket, PushesWhatItKeepsInOrderAndRefusesTheRest) {
  TestGraph graph("in :: Inject -> n :: NoX -> out :: Capture; n [1] -> bad :: Capture",
                  registry());
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"a", "x1", "b", "x2", "x3", "c"});
  EXPECT_EQ(graph.texts("out"), "a|b|c");
  EXPECT_EQ(graph.texts("bad"), "x1|x2|x3");
}

TEST(PerPacket, ReleasesWhatItRefusesWithoutASecondOutput) {
  TestGraph graph("in :: Inject -> NoX -> out :: Capture", registry());
  graph.send("in", {"x", "x", "x"});
  EXPECT_EQ(graph.texts("out"), "");
  EXPECT_EQ(graph.held(), 0U);
}

TEST(PerPacket, PullsOnPastPacketsThatItRefuses) {
  TestGraph graph("in :: Inject -> NoX -> out :: PullCapture", registry());
  graph.send("in", {"x", "x", "a", "x", "b"});
  EXPECT_EQ(graph.pull("out", 1), 1U);
  EXPECT_EQ(graph.texts("out"), "a");
  EXPECT_EQ(graph.pull("out", 64), 1U);
  EXPECT_EQ(graph.texts("out"), "a|b");
}

TEST(PerPacket, APullEndsEvenWhenASourceGivesRefusedPacketsForEver) {
  TestGraph graph("EndlessX -> NoX -> out :: PullCapture", registry());
  ASSERT_EQ(graph.problems(), "");
  EXPECT_EQ(graph.pull("out", 64), 0U);
  EXPECT_EQ(graph.held(), 0U);
}

TEST(Splitter, KeepsOrderWithinAnOutput) {
  TestGraph graph(
      "in :: Inject -> s :: ByFirstByte; s [0] -> [0] out :: Capture; s [1] -> [1] out; "
      "s [2] -> [2] out",
      registry());
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {"\2a", "\1b", "\2c", "\1d", "\2e"});
  EXPECT_EQ(graph.texts("out"), "\1b|\1d|\2a|\2c|\2e");  // by ascending output
}

// What comes out is what one packet at a time would give, output by output.
RC_GTEST_PROP(SplitterProperty, IsASplitterOfSinglePackets, ()) {
  constexpr std::uint32_t kOutputs = 4;
  const auto choices = *rc::gen::container<std::vector<std::uint8_t>>(
      rc::gen::element<std::uint8_t>(0, 1, 2, 3, 4, 200, 255));
  std::array<std::vector<std::uint8_t>, kOutputs> expected;
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto serial = static_cast<std::uint8_t>(i);
    samples.push_back(std::vector<std::uint8_t>{choices[i], serial});
    if (choices[i] < kOutputs) {
      expected[choices[i]].push_back(serial);
    }
  }
  TestGraph graph(
      "in :: Inject -> s :: ByFirstByte; s [0] -> [0] out :: Capture; s [1] -> [1] out; "
      "s [2] -> [2] out; s [3] -> [3] out",
      registry(), {.batch_max = *rc::gen::inRange<std::size_t>(1, kBatchMax + 1)});
  graph.send("in", samples);
  std::array<std::vector<std::uint8_t>, kOutputs> seen;
  for (const Sample& sample : graph.captured("out")) {
    RC_ASSERT(sample.bytes[0] == sample.port);
    seen[sample.port].push_back(sample.bytes[1]);
  }
  RC_ASSERT(seen == expected);
  RC_ASSERT(graph.held() == 0U);
}

}  // namespace
}  // namespace superfluid::graph
