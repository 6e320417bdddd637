// SPDX-License-Identifier: Apache-2.0
#include "elements/ip6_nd_solicitor.h"

#include <gtest/gtest.h>

#include "elements/testing.h"

namespace superfluid::elements {
namespace {

using net::Icmpv6Type;
using testing::Sample;
using testing::TestGraph;
using testing::TestGraphOptions;
using Bytes = std::vector<std::uint8_t>;

constexpr net::MacAddress kOwn{{2, 0, 0, 0, 0, 1}};
constexpr net::MacAddress kPeer{{2, 0, 0, 0, 0, 2}};
constexpr net::MacAddress kThief{{2, 0, 0, 0, 0, 3}};

net::Ipv6Address ip6(std::string_view text) { return *net::parse_ipv6_address(text); }

// The element does not look at what it frames.
Sample to(std::string_view address, std::string_view text = "packet") {
  Sample sample(text);
  sample.notes.destination = ip6(address);
  return sample;
}

Sample answer(std::string_view target, const net::MacAddress& link = kPeer, bool replaces = true) {
  const NeighborFrame frame =
      neighbor_advertisement({link, kOwn, ip6(target), ip6("2001:db8::1")},
                             {.target = ip6(target), .target_link = link, .replaces = replaces});
  return Sample(Bytes(frame.begin(), frame.end()));
}

std::string solicitor(std::string_view arguments = "") {
  return base::cat(
      "in :: Inject -> nd :: IP6NDSolicitor(2001:db8::1, 02:00:00:00:00:01", arguments,
      "); answers :: Inject -> [1] nd; nd [0] -> out :: Capture; nd [1] -> asked :: Capture");
}

std::string framed(const net::MacAddress& link, std::string_view text) {
  std::string frame(link.bytes.begin(), link.bytes.end());
  frame.append(kOwn.bytes.begin(), kOwn.bytes.end());
  return frame + "\x86\xdd" + std::string(text);
}

TEST(IP6NDSolicitor, AsksAndThenSends) {
  for (const bool shared : {false, true}) {
    TestGraph graph(solicitor(), TestGraphOptions{.shared = shared});
    ASSERT_EQ(graph.problems(), "");
    graph.send("in", {to("2001:db8::2", "a"), to("2001:db8::2", "b")});
    EXPECT_EQ(graph.captured("out").size(), 0U);
    ASSERT_EQ(graph.captured("asked").size(), 1U);
    const auto question =
        read_neighbor(graph.captured("asked")[0].bytes, Icmpv6Type::kNeighborSolicitation);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->target, ip6("2001:db8::2"));
    EXPECT_EQ(question->ip->source, ip6("2001:db8::1"));
    EXPECT_EQ(question->link, kOwn);
    EXPECT_EQ(graph.read("nd.table"), "2001:db8::2 0 00-00-00-00-00-00\n");
    graph.send("answers", {answer("2001:db8::2")});
    EXPECT_EQ(graph.texts("out"), framed(kPeer, "a") + "|" + framed(kPeer, "b"));
    graph.forget("out");
    graph.send("in", {to("2001:db8::2", "c")});
    EXPECT_EQ(graph.texts("out"), framed(kPeer, "c"));
    EXPECT_EQ(graph.captured("asked").size(), 1U);
    EXPECT_EQ(graph.read("nd.table"), "2001:db8::2 1 02-00-00-00-00-02\n");
    EXPECT_EQ(graph.read("nd.stats"), "0 packets killed\n1 ND Solicitation Message sent\n");
  }
}

TEST(IP6NDSolicitor, GivesUpAfterThreeQuestions) {
  TestGraph graph(solicitor());
  graph.send("in", {to("2001:db8::2")});
  graph.advance(base::seconds(10));
  EXPECT_EQ(graph.captured("asked").size(), 3U);
  EXPECT_EQ(graph.held(), 0U);
  EXPECT_EQ(graph.read("nd.drops"), "1");
  EXPECT_EQ(graph.read("nd.count"), "0");
  EXPECT_FALSE(graph.router().schedule().next_timer());
  graph.send("in", {to("2001:db8::2")});
  EXPECT_EQ(graph.captured("asked").size(), 4U);
}

TEST(IP6NDSolicitor, FewPacketsWaitTheNewestFew) {
  TestGraph graph(solicitor());
  graph.send("in", {to("2001:db8::2", "1"), to("2001:db8::2", "2"), to("2001:db8::2", "3"),
                    to("2001:db8::2", "4"), to("2001:db8::2", "5"), to("2001:db8::2", "6")});
  EXPECT_EQ(graph.held(), 4U);
  EXPECT_EQ(graph.read("nd.drops"), "2");
  graph.send("answers", {answer("2001:db8::2")});
  ASSERT_EQ(graph.captured("out").size(), 4U);
  EXPECT_EQ(graph.captured("out")[0].text(), framed(kPeer, "3"));
}

TEST(IP6NDSolicitor, HearsOnlyWhatItAskedFor) {
  TestGraph graph(solicitor());
  graph.send("answers", {answer("2001:db8::2"), "", "not a frame"});
  EXPECT_EQ(graph.read("nd.count"), "0");
  graph.send("in", {to("2001:db8::2")});
  Sample damaged = answer("2001:db8::2");
  damaged.bytes.back() ^= 1;
  graph.send("answers", {damaged, answer("2001:db8::2", {{3, 0, 0, 0, 0, 1}})});
  EXPECT_EQ(graph.captured("out").size(), 0U);
  graph.send("answers", {answer("2001:db8::2")});
  // One that does not claim to override changes nothing, one that does, does.
  graph.send("answers", {answer("2001:db8::2", kThief, false)});
  EXPECT_EQ(graph.read("nd.table"), "2001:db8::2 1 02-00-00-00-00-02\n");
  graph.send("answers", {answer("2001:db8::2", kThief, true)});
  EXPECT_EQ(graph.read("nd.table"), "2001:db8::2 1 02-00-00-00-00-03\n");
}

TEST(IP6NDSolicitor, AsksAgainBeforeItForgets) {
  TestGraph graph(solicitor());
  graph.send("in", {to("2001:db8::2")});
  graph.send("answers", {answer("2001:db8::2")});
  graph.advance(base::seconds(59));
  graph.send("in", {to("2001:db8::2")});
  EXPECT_EQ(graph.captured("asked").size(), 1U);
  graph.advance(base::seconds(1));
  graph.send("in", {to("2001:db8::2"), to("2001:db8::2")});
  EXPECT_EQ(graph.captured("asked").size(), 2U);
  EXPECT_EQ(graph.captured("out").size(), 4U);
  graph.send("answers", {answer("2001:db8::2")});
  graph.advance(base::seconds(119));
  EXPECT_EQ(graph.read("nd.count"), "1");
  graph.advance(base::seconds(2));
  EXPECT_EQ(graph.read("nd.count"), "0");
}

TEST(IP6NDSolicitor, GroupsNeedNoQuestionAndNobodyGetsNothing) {
  TestGraph graph(solicitor());
  graph.send("in", {to("ff02::1:2", "x"), to("::")});
  EXPECT_EQ(graph.texts("out"), framed({{0x33, 0x33, 0, 1, 0, 2}}, "x"));
  EXPECT_EQ(graph.captured("asked").size(), 0U);
  EXPECT_EQ(graph.read("nd.drops"), "1");
}

TEST(IP6NDSolicitor, AScanDoesNotPushOutWhoIsKnown) {
  TestGraph graph(solicitor(", LIMIT 4"));
  graph.send("in", {to("2001:db8::2")});
  graph.send("answers", {answer("2001:db8::2")});
  for (int i = 3; i < 40; ++i) {
    graph.send("in", {to(base::cat("2001:db8::", i))});
  }
  EXPECT_EQ(graph.read("nd.count"), "4");
  EXPECT_EQ(graph.held(), 3U);
  graph.forget("out");
  graph.send("in", {to("2001:db8::2", "still")});
  EXPECT_EQ(graph.texts("out"), framed(kPeer, "still"));
}

TEST(IP6NDSolicitor, AReconfigurationKeepsWhatIsKnown) {
  TestGraph before(solicitor());
  before.send("in", {to("2001:db8::2")});
  before.send("answers", {answer("2001:db8::2")});
  TestGraph after(solicitor());
  after.element("nd").take_state(before.element("nd"));
  after.send("in", {to("2001:db8::2", "x")});
  EXPECT_EQ(after.texts("out"), framed(kPeer, "x"));
}

TEST(IP6NDSolicitor, OneOutputServesBoth) {
  TestGraph graph(
      "in :: Inject -> nd :: IP6NDSolicitor(2001:db8::1, 02:00:00:00:00:01) -> out :: Capture;"
      "Idle -> [1] nd");
  ASSERT_EQ(graph.problems(), "");
  graph.send("in", {to("2001:db8::2")});
  EXPECT_EQ(graph.captured("out").size(), 1U);
  TestGraph wrong(solicitor(", LIMIT 0"));
  EXPECT_NE(wrong.problems().find("LIMIT: expected a number from 1 to 1073741824"),
            std::string::npos);
}

}  // namespace
}  // namespace superfluid::elements
