// SPDX-License-Identifier: Apache-2.0
// IPGWOptions and IPFragmenter.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "elements/testing.h"
#include "net/checksum.h"
#include "net/ipv4.h"

namespace superfluid::elements {
namespace {

using testing::Sample;
using testing::TestGraph;
using Bytes = std::vector<std::uint8_t>;

net::Ipv4Fields sound_fields() {
  return {.identification = 7,
          .protocol = net::IpProtocol::kUdp,
          .source = {{192, 0, 2, 1}},
          .destination = {{192, 0, 2, 2}}};
}

Sample datagram(net::Ipv4Fields fields, const Bytes& options, const Bytes& payload) {
  Bytes bytes(60 + payload.size());
  base::Writer writer(bytes);
  fields.options = options;
  net::write_ipv4(writer, fields, payload.size());
  writer.bytes(payload);
  bytes.resize(writer.position());
  Sample sample(std::move(bytes));
  sample.network = 0;
  return sample;
}

Bytes counted(std::size_t length) {
  Bytes bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i ^ i >> 8);
  }
  return bytes;
}

// The options after the element; empty when it refused them, with the byte that it blames.
struct Handled {
  Bytes options;
  int wrong_byte = -1;
};

Handled handled(const Bytes& options, bool shared = false) {
  TestGraph graph(
      "in :: Inject -> o :: IPGWOptions(10.0.0.1, 10.0.0.2 10.0.0.3) -> out :: Capture;"
      "o [1] -> bad :: Capture",
      {.epoch = base::seconds(86'400 * 7 + 1), .shared = shared});
  EXPECT_EQ(graph.problems(), "");
  const Sample sent = datagram(sound_fields(), options, {1, 2, 3});
  graph.send("in", {sent});
  EXPECT_EQ(graph.held(), 0U);
  if (!graph.captured("bad").empty()) {
    const Sample& refused = graph.captured("bad")[0];
    EXPECT_EQ(refused.text(), sent.text());
    EXPECT_EQ(graph.read("o.drops"), "1");
    return {.options = {}, .wrong_byte = refused.notes.icmp_pointer};
  }
  const Sample& passed = graph.captured("out").at(0);
  const auto view = net::parse_ipv4(passed.bytes);
  EXPECT_TRUE(view && net::verify_checksum(*view));
  return {.options = Bytes(view->options.begin(), view->options.end())};
}

TEST(IPGWOptions, RecordsTheRoute) {
  for (const bool shared : {false, true}) {
    EXPECT_EQ(handled({1, 7, 7, 4, 0, 0, 0, 0}, shared).options, (Bytes{1, 7, 7, 8, 10, 0, 0, 1}));
  }
  EXPECT_EQ(handled({7, 11, 8, 9, 9, 9, 9, 0, 0, 0, 0}).options,
            (Bytes{7, 11, 12, 9, 9, 9, 9, 10, 0, 0, 1, 0}));
  EXPECT_EQ(handled({7, 7, 8, 1, 2, 3, 4}).options, (Bytes{7, 7, 8, 1, 2, 3, 4, 0}));  // full
}

TEST(IPGWOptions, StampsTheTime) {
  EXPECT_EQ(handled({68, 8, 5, 0, 0, 0, 0, 0}).options, (Bytes{68, 8, 9, 0, 0, 0, 3, 232}));
  EXPECT_EQ(handled({68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0}).options,
            (Bytes{68, 12, 13, 1, 10, 0, 0, 1, 0, 0, 3, 232}));
  EXPECT_EQ(handled({68, 12, 5, 3, 10, 0, 0, 3, 0, 0, 0, 0}).options,
            (Bytes{68, 12, 13, 3, 10, 0, 0, 3, 0, 0, 3, 232}));
  const Bytes not_for_us = {68, 12, 5, 3, 10, 0, 0, 4, 0, 0, 0, 0};
  EXPECT_EQ(handled(not_for_us).options, not_for_us);
  EXPECT_EQ(handled({68, 8, 9, 0x21, 1, 2, 3, 4}).options, (Bytes{68, 8, 9, 0x31, 1, 2, 3, 4}));
  EXPECT_EQ(handled({68, 8, 9, 0x23, 1, 2, 3, 4}).options, (Bytes{68, 8, 9, 0x23, 1, 2, 3, 4}));
}

TEST(IPGWOptions, BlamesTheWrongByte) {
  EXPECT_EQ(handled({7, 9, 4, 0}).wrong_byte, 21);           // longer than the header
  EXPECT_EQ(handled({1, 7, 1, 0}).wrong_byte, 22);           // shorter than its own header
  EXPECT_EQ(handled({1, 1, 1, 7}).wrong_byte, 24);           // no length at all
  EXPECT_EQ(handled({7, 2, 0, 0}).wrong_byte, 21);           // no pointer
  EXPECT_EQ(handled({7, 7, 3, 0, 0, 0, 0}).wrong_byte, 22);  // pointer too small
  EXPECT_EQ(handled({7, 7, 5, 0, 0, 0, 0}).wrong_byte, 22);  // no whole entry left
  EXPECT_EQ(handled({68, 3, 5}).wrong_byte, 21);
  EXPECT_EQ(handled({68, 8, 4, 0, 0, 0, 0, 0}).wrong_byte, 22);
  EXPECT_EQ(handled({68, 8, 6, 0, 0, 0, 0, 0}).wrong_byte, 22);
  EXPECT_EQ(handled({68, 8, 5, 2, 0, 0, 0, 0}).wrong_byte, 23);
  EXPECT_EQ(handled({68, 8, 9, 0xf0, 0, 0, 0, 0}).wrong_byte, 23);
  // What was written before is not seen in what is refused.
  EXPECT_EQ(handled({7, 7, 4, 0, 0, 0, 0, 68, 3, 5}).wrong_byte, 28);
}

TEST(IPGWOptions, LeavesOthersAlone) {
  const Bytes route = {131, 7, 4, 1, 2, 3, 4, 0};
  EXPECT_EQ(handled(route).options, route);
  const Bytes after_the_end = {0, 7, 7, 4, 0, 0, 0, 0};
  EXPECT_EQ(handled(after_the_end).options, after_the_end);
  TestGraph graph("in :: Inject -> o :: IPGWOptions(10.0.0.1) -> out :: Capture");
  Sample cut = datagram(sound_fields(), route, {});
  cut.bytes.resize(24);
  Sample unmarked = datagram(sound_fields(), {}, {});
  unmarked.network = std::nullopt;
  graph.send("in", {cut, unmarked, datagram(sound_fields(), {}, {})});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.read("o.drops"), "2");
  EXPECT_EQ(TestGraph("Idle -> IPGWOptions() -> Discard").problems(),
            "t:1:9: While configuring 'IPGWOptions@2 :: IPGWOptions':\n"
            "  required MYADDR argument missing\n");
}

std::string fragmenter(std::string_view arguments) {
  return base::cat("in :: Inject -> f :: IPFragmenter(", arguments,
                   ") -> out :: Capture; f [1] -> no :: Capture");
}

struct Piece {
  std::size_t offset;
  std::size_t length;
  bool more;
  friend bool operator==(const Piece&, const Piece&) = default;
};

std::vector<Piece> pieces(TestGraph& graph) {
  std::vector<Piece> all;
  for (const Sample& sample : graph.captured("out")) {
    const auto view = net::parse_ipv4(
        base::ByteView(sample.bytes).subspan(static_cast<std::size_t>(sample.network.value())));
    EXPECT_TRUE(view && net::verify_checksum(*view));
    EXPECT_EQ(view->header->identification.host(), 7);
    all.push_back(
        {view->header->fragment_offset(), view->payload.size(), view->header->more_fragments()});
  }
  return all;
}

TEST(IPFragmenter, CutsWhatIsTooLarge) {
  for (const bool shared : {false, true}) {
    TestGraph graph(fragmenter("45, HEADROOM 30"), {.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    Sample framed = datagram(sound_fields(), {}, counted(77));
    framed.bytes.insert(framed.bytes.begin(), 14, 'e');
    framed.network = 14;
    framed.mac = 0;
    framed.notes.paint = 5;
    graph.send("in", {framed, datagram(sound_fields(), {}, counted(25))});
    EXPECT_EQ(pieces(graph),
              (std::vector<Piece>{
                  {0, 24, true}, {24, 24, true}, {48, 24, true}, {72, 5, false}, {0, 25, false}}));
    const auto& out = graph.captured("out");
    EXPECT_EQ(out[0].text().substr(0, 14), "eeeeeeeeeeeeee");
    EXPECT_EQ(out[0].mac, 0);
    EXPECT_EQ(out[0].transport, 34);
    EXPECT_EQ(out[1].network, 0);
    EXPECT_EQ(out[1].transport, 20);
    EXPECT_EQ(out[1].mac, std::nullopt);
    EXPECT_EQ(out[3].notes.paint, 5);
    EXPECT_EQ(out[3].bytes.back(), counted(77).back());
    EXPECT_EQ(graph.read("f.fragments"), "4");
    EXPECT_EQ(graph.held(), 0U);
  }
}

TEST(IPFragmenter, KeepsToTheBatchesOfItsGraph) {
  TestGraph graph(fragmenter("36"), {.batch_max = 2});
  graph.send("in", {datagram(sound_fields(), {}, counted(80))});
  EXPECT_EQ(pieces(graph).size(), 5U);
}

TEST(IPFragmenter, CopiesTheOptionsThatAreToBeCopied) {
  TestGraph graph(fragmenter("60"));
  const Bytes options = {7, 7, 4, 0, 0, 0, 0, 1, 130, 4, 8, 9, 0x44, 4, 5, 0};
  graph.send("in", {datagram(sound_fields(), options, counted(60))});
  EXPECT_EQ(pieces(graph), (std::vector<Piece>{{0, 24, true}, {24, 32, true}, {56, 4, false}}));
  const auto first = net::parse_ipv4(graph.captured("out")[0].bytes);
  const auto second = net::parse_ipv4(graph.captured("out")[1].bytes);
  EXPECT_EQ(Bytes(first->options.begin(), first->options.end()), options);
  EXPECT_EQ(Bytes(second->options.begin(), second->options.end()), (Bytes{130, 4, 8, 9}));
}

TEST(IPFragmenter, CutsFragmentsFurther) {
  TestGraph graph(fragmenter("36"));
  net::Ipv4Fields middle = sound_fields();
  middle.fragment_offset = 80;
  middle.more_fragments = true;
  graph.send("in", {datagram(middle, {}, counted(24))});
  EXPECT_EQ(pieces(graph), (std::vector<Piece>{{80, 16, true}, {96, 8, true}}));
  graph.forget("out");
  middle.more_fragments = false;
  graph.send("in", {datagram(middle, {}, counted(24))});
  EXPECT_EQ(pieces(graph), (std::vector<Piece>{{80, 16, true}, {96, 8, false}}));
}

TEST(IPFragmenter, RefusesWhatItMustNotOrCannotCut) {
  TestGraph graph(fragmenter("36"));
  net::Ipv4Fields whole = sound_fields();
  whole.dont_fragment = true;
  net::Ipv4Fields beyond = sound_fields();
  beyond.fragment_offset = 65'528;
  Sample cut = datagram(sound_fields(), {}, counted(100));
  cut.bytes.resize(60);
  Sample unmarked = datagram(sound_fields(), {}, counted(100));
  unmarked.network = std::nullopt;
  const Sample no_room = datagram(sound_fields(), Bytes(12, 1), counted(100));
  graph.send("in", {datagram(whole, {}, counted(20)), datagram(beyond, {}, counted(20)), cut,
                    unmarked, no_room, datagram(whole, {}, counted(16))});
  EXPECT_EQ(graph.captured("no").size(), 5U);
  EXPECT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.read("f.drops"), "5");
  EXPECT_EQ(graph.errors(),
            "IPFragmenter(36) DF 192.0.2.1 192.0.2.2 len=40\n"
            "IPFragmenter(36) DF 192.0.2.1 192.0.2.2 len=132\n");
  for (int i = 0; i < 9; ++i) {
    graph.send("in", {datagram(whole, {}, counted(20))});
  }
  EXPECT_EQ(graph.errors().size(), 3 * 47U);
}

TEST(IPFragmenter, CutsInSpiteOfTheFlagWhenToldSo) {
  TestGraph graph(fragmenter("36, false"));
  net::Ipv4Fields whole = sound_fields();
  whole.dont_fragment = true;
  graph.send("in", {datagram(whole, {}, counted(20))});
  ASSERT_EQ(graph.captured("out").size(), 2U);
  const auto first = net::parse_ipv4(graph.captured("out")[0].bytes);
  const auto second = net::parse_ipv4(graph.captured("out")[1].bytes);
  EXPECT_FALSE(first->header->dont_fragment());
  EXPECT_EQ(first->header->identification, second->header->identification);
}

TEST(IPFragmenter, DoesNotCountPadding) {
  TestGraph graph(fragmenter("40"));
  Sample padded = datagram(sound_fields(), {}, counted(20));
  padded.bytes.resize(46);
  graph.send("in", {padded});
  ASSERT_EQ(graph.captured("out").size(), 1U);
  EXPECT_EQ(graph.captured("out")[0].bytes.size(), 40U);
}

TEST(IPFragmenter, SaysWhenThereIsNoMemory) {
  TestGraph graph(fragmenter("36"), {.packets_max = 1});
  graph.send("in", {datagram(sound_fields(), {}, counted(40))});
  EXPECT_EQ(graph.captured("no").size(), 1U);
  EXPECT_EQ(graph.read("f.drops"), "1");
}

TEST(IPFragmenter, RefusesWrongArguments) {
  EXPECT_EQ(TestGraph("Idle -> f :: IPFragmenter(7) -> Discard").problems(),
            "t:1:9: While configuring 'f :: IPFragmenter':\n  MTU must be at least 8\n");
}

// The pieces, laid out by their offsets, are the packet.
TEST(IPFragmenter, LosesNothing) {
  rc::check([] {
    const auto payload = counted(*rc::gen::inRange<std::size_t>(0, 5000));
    const auto mtu = *rc::gen::inRange(60, 1600);
    TestGraph graph(fragmenter(base::cat(mtu)));
    graph.send("in", {datagram(sound_fields(), Bytes(*rc::gen::inRange(0, 31), 1), payload)});
    Bytes joined(payload.size());
    std::size_t total = 0;
    for (const Sample& sample : graph.captured("out")) {
      RC_ASSERT(sample.bytes.size() <= static_cast<std::size_t>(mtu));
      const auto view = net::parse_ipv4(sample.bytes);
      RC_ASSERT(view && net::verify_checksum(*view));
      RC_ASSERT(view->header->fragment_offset() == total);
      std::ranges::copy(view->payload, joined.begin() + static_cast<std::ptrdiff_t>(total));
      total += view->payload.size();
      RC_ASSERT(view->header->more_fragments() == (total != payload.size()));
    }
    RC_ASSERT(joined == payload);
  });
}

}  // namespace
}  // namespace superfluid::elements
