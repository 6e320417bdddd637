// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/clock.h"
#include "elements/registry.h"
#include "superfluid/graph/configuration.h"
#include "superfluid/graph/labels.h"
#include "superfluid/graph/layout.h"
#include "superfluid/graph/turns.h"

namespace superfluid::graphs {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A graph to look at.
class Graph {
 public:
  explicit Graph(std::string_view text) {
    elements::register_elements(made_.registry);
    made_.graph = graph::elaborate("t", text, {made_.registry, nullptr, {}}, made_.diagnostics);
    router_ = build_to_look_at(made_, clock_, silence_);
    for (const graph::Diagnostic& each : made_.diagnostics.all()) {
      ADD_FAILURE() << each.message;
    }
  }

  const graph::Router& router() const { return *router_; }
  std::string outline() const { return outline_of(*router_, {}); }
  std::string explanation() const { return text_of(*router_, turns_of(*router_), {}); }

 private:
  Configuration made_;
  base::ManualClock clock_;
  Silence silence_;
  std::unique_ptr<graph::Router> router_;
};

TEST(Outline, FollowsThePacketsAndTellsPushedFromPulled) {
  EXPECT_EQ(Graph("s :: InfiniteSource(LIMIT 5) -> q :: Queue -> Unqueue -> Discard").outline(),
            "s :: InfiniteSource(LIMIT 5)\n"
            "→ q :: Queue\n"
            "⇢ Unqueue@3\n"
            "→ Discard@4\n");
}

TEST(Outline, PutsBranchesToTheRightAndSaysWhereTheyMeet) {
  EXPECT_EQ(Graph("Idle -> s :: Switch(0); s [0] -> a :: Null -> d :: Discard; s [1] -> d;"
                  "s [2] -> b :: Switch(1); b [0] -> Null -> d; b [1] -> d")
                .outline(),
            "Idle@1\n"
            "→ s :: Switch(0)\n"
            "├ 0 → a :: Null\n"
            "│   → d :: Discard\n"
            "├ 1 → d (above)\n"
            "└ 2 → b :: Switch(1)\n"
            "    ├ 0 → Null@6\n"
            "    │   → d (above)\n"
            "    └ 1 → d (above)\n");
}

TEST(Outline, NamesTheInputWhereThereAreSeveral) {
  EXPECT_EQ(Graph("a :: Idle; b :: Idle; a -> [0] r :: RoundRobinSched -> Discard;"
                  "b -> [1] r")
                .outline(),
            "a :: Idle\n"
            "⇢ [0]r :: RoundRobinSched\n"
            "⇢ Discard@4\n"
            "\n"
            "b :: Idle\n"
            "⇢ [1]r (above)\n");
}

TEST(Outline, EndsInACircleAndWithoutConnections) {
  EXPECT_EQ(Graph("q :: Queue; u :: Unqueue; q -> u -> q; i :: Idle").outline(),
            "i :: Idle\n"
            "\n"
            "q :: Queue\n"
            "⇢ u :: Unqueue\n"
            "→ q (above)\n");
  EXPECT_EQ(Graph("").outline(), "");
}

TEST(Outline, BeginsAgainAtTheLeftWhereItIsNestedTooDeep) {
  std::string text = "Idle -> t0 :: Tee;";
  for (int i = 0; i < 100; ++i) {
    const std::string at = std::to_string(i);
    const std::string next = std::to_string(i + 1);
    text += "t" + at + "[0] -> Discard; t" + at + "[1] -> t" + next + " :: Tee;";
  }
  const std::string outline = Graph(text + "t100[0] -> Discard").outline();
  EXPECT_THAT(outline, HasSubstr(" (below)\n"));
  EXPECT_THAT(outline, HasSubstr("\n\nt25 :: Tee\n"));
  EXPECT_THAT(outline, HasSubstr("t100 :: Tee\n"));
}

TEST(Labels, ShortenConfigurationsBetweenLetters) {
  graph::FlatElement element{.name = "a/Print@7", .class_name = "Print", .config = "", .at = {}};
  EXPECT_EQ(short_text(element), "a/Print@7");
  EXPECT_EQ(label_of(element).name, "a/");
  element.config = "one\n   two";
  EXPECT_EQ(full_text(element), "a/Print@7(one two)");
  for (int i = 0; i < 30; ++i) {
    element.config += "ü";
  }
  EXPECT_EQ(label_of(element).what, "Print(one two" + std::string("üüüüüüüüüüüüüüüü") + "…)");
}

TEST(Svg, DrawsEveryElementAndConnectionAndEscapesText) {
  const Graph graph("s :: InfiniteSource(\"<&>\") -> q :: Queue -> Unqueue -> Discard");
  const std::string svg = svg_of(graph.router()).value();
  EXPECT_THAT(svg, HasSubstr("<title>s :: InfiniteSource(&quot;&lt;&amp;&gt;&quot;)</title>"));
  EXPECT_THAT(svg, HasSubstr(">Unqueue</text>"));
  std::size_t paths = 0;
  for (std::size_t at = 0; (at = svg.find("<path", at)) != svg.npos; ++at) {
    ++paths;
  }
  EXPECT_EQ(paths, 3u * 3 + 2);  // a line and two ports each, and the legend
}

TEST(Turns, MeetAtQueues) {
  EXPECT_EQ(Graph("s :: InfiniteSource -> c :: Counter -> q :: Queue -> n :: Null -> u :: Unqueue"
                  "-> d :: Discard")
                .explanation(),
            "s :: InfiniteSource pushes packets\n"
            "  through  c\n"
            "  into     q\n"
            "\n"
            "u :: Unqueue pulls packets and pushes them on\n"
            "  out of   q\n"
            "  through  n\n"
            "  ends at  d\n");
}

TEST(Turns, OfAGraphThatPullsToItsEnd) {
  const Graph graph(
      "InfiniteSource -> q1 :: Queue -> [0] p :: PrioSched -> d :: Discard;"
      "InfiniteSource -> q2 :: Queue -> [1] p");
  const auto turns = turns_of(graph.router());
  ASSERT_EQ(turns.size(), 3u);
  const Turn& last = turns[0].pulls ? turns[0] : turns[1].pulls ? turns[1] : turns[2];
  EXPECT_TRUE(last.pulls);
  EXPECT_FALSE(last.pushes);
  EXPECT_EQ(last.out_of.size(), 2u);
  EXPECT_THAT(last.into, IsEmpty());
}

TEST(Turns, ThereAreNoneWithoutAStarter) {
  EXPECT_THAT(turns_of(Graph("Idle -> Null -> Discard; Idle -> Idle").router()), IsEmpty());
}

struct Drawn {
  std::vector<Box> boxes;
  std::vector<Line> lines;
};

Drawn any_graph() {
  Drawn drawn;
  const auto count = *rc::gen::inRange<std::uint32_t>(0, 30);
  for (std::uint32_t i = 0; i < count; ++i) {
    drawn.boxes.push_back(
        {.width = *rc::gen::inRange(20, 300) * 1.0, .height = *rc::gen::inRange(20, 60) * 1.0});
  }
  const auto lines = count == 0 ? 0 : *rc::gen::inRange(0, 60);
  for (int i = 0; i < lines; ++i) {
    const auto from = *rc::gen::inRange<std::uint32_t>(0, count);
    const auto to = *rc::gen::inRange<std::uint32_t>(0, count);
    drawn.lines.push_back({from, to, drawn.boxes[from].width / 2, drawn.boxes[to].width / 3});
  }
  return drawn;
}

RC_GTEST_PROP(Layout, BoxesDoNotOverlapAndStayInThePicture, ()) {
  const Drawn drawn = any_graph();
  const Layout layout = lay_out(drawn.boxes, drawn.lines).value();
  constexpr double kSlack = 1e-6;
  for (std::size_t i = 0; i < drawn.boxes.size(); ++i) {
    const Point a = layout.boxes[i];
    RC_ASSERT(a.x >= 0 && a.y >= 0);
    RC_ASSERT(a.x + drawn.boxes[i].width <= layout.width + kSlack);
    RC_ASSERT(a.y + drawn.boxes[i].height <= layout.height + kSlack);
    for (std::size_t j = 0; j < i; ++j) {
      const Point b = layout.boxes[j];
      const bool apart = a.x + drawn.boxes[i].width <= b.x + kSlack ||
                         b.x + drawn.boxes[j].width <= a.x + kSlack ||
                         a.y + drawn.boxes[i].height <= b.y + kSlack ||
                         b.y + drawn.boxes[j].height <= a.y + kSlack;
      RC_ASSERT(apart);
    }
  }
}

RC_GTEST_PROP(Layout, LinesBeginAndEndAtTheirPortsAndRunDownWhereThereIsNoCycle, ()) {
  Drawn drawn = any_graph();
  for (Line& line : drawn.lines) {  // no cycles: from the lower number to the higher
    if (line.from > line.to) {
      std::swap(line.from, line.to);
      line.from_at = line.to_at = 5;
    }
  }
  std::erase_if(drawn.lines, [](const Line& line) { return line.from == line.to; });
  const Layout layout = lay_out(drawn.boxes, drawn.lines).value();
  for (std::size_t i = 0; i < drawn.lines.size(); ++i) {
    const Line& line = drawn.lines[i];
    const std::vector<Point>& route = layout.routes[i];
    RC_ASSERT(route.front().x == layout.boxes[line.from].x + line.from_at);
    RC_ASSERT(route.front().y == layout.boxes[line.from].y + drawn.boxes[line.from].height);
    RC_ASSERT(route.back().x == layout.boxes[line.to].x + line.to_at);
    RC_ASSERT(route.back().y == layout.boxes[line.to].y);
    for (std::size_t p = 1; p < route.size(); ++p) {
      RC_ASSERT(route[p].y >= route[p - 1].y);
    }
  }
}

TEST(Layout, ChainsStandStraight) {
  const std::vector<Box> boxes{{100, 40}, {60, 40}, {200, 40}};
  const std::vector<Line> lines{{0, 1, 50, 30}, {1, 2, 30, 100}};
  const Layout layout = lay_out(boxes, lines).value();
  EXPECT_NEAR(layout.routes[0].front().x, layout.routes[0].back().x, 0.5);
  EXPECT_NEAR(layout.routes[1].front().x, layout.routes[1].back().x, 0.5);
}

TEST(Layout, RefusesWhatIsTooLarge) {
  // A chain, and lines from its beginning to every second box: each passes many layers.
  std::vector<Box> boxes(3000, {10, 10});
  std::vector<Line> lines;
  for (std::uint32_t i = 1; i < boxes.size(); ++i) {
    lines.push_back({i - 1, i, 5, 5});
    lines.push_back({0, i, 5, 5});
  }
  const auto layout = lay_out(boxes, lines);
  ASSERT_FALSE(layout.has_value());
  EXPECT_EQ(layout.error().message(), "the graph is too large to be drawn");
}

}  // namespace
}  // namespace superfluid::graphs
