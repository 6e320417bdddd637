// SPDX-License-Identifier: Apache-2.0
// Live reconfiguration: what a graph keeps when its text is replaced while it runs.

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "base/text.h"
#include "hostgraph/testing.h"
#include "os/files.h"
#include "os/pcap.h"
#include "support/temporary_directory.h"

namespace superfluid::hostgraph {
namespace {

using base::cat;
using testing::HostedGraph;

using Steps = std::vector<std::function<void()>>;

// Runs the graph, with one step between any two rounds, and stops it after the last.
void run(HostedGraph& graph, const Steps& steps) {
  ASSERT_EQ(graph.problems, "");
  graph.allow_reconfiguration();
  std::size_t next = 0;
  const std::function<void()> step = [&] {
    if (next == steps.size()) {
      graph.router->stop();
      return;
    }
    steps[next++]();
    graph.driver->loop().post(step);
  };
  graph.driver->loop().post(step);
  EXPECT_EQ(graph.run(), End::kStopped);
}

// Empty when the new text was accepted.
std::string replace(HostedGraph& graph, std::string_view text) {
  const base::Status status = graph.router->write("hotconfig", text);
  return status ? std::string() : status.error().message();
}

// What the handlers say before and after one text replaced another.
std::string before_and_after(std::string_view old_text, std::string_view new_text,
                             std::initializer_list<std::string_view> handlers) {
  HostedGraph graph(old_text);
  std::string values;
  const auto read_all = [&] {
    for (const std::string_view handler : handlers) {
      values += cat(graph.read(handler), " ");
    }
  };
  run(graph, {read_all, [&] { EXPECT_EQ(replace(graph, new_text), ""); }, read_all});
  return values;
}

TEST(HotSwapTest, PacketsInQueuesSurvive) {
  HostedGraph graph("InfiniteSource(LIMIT 5) -> q :: Queue(10) -> Idle");
  run(graph, {[&] {
                EXPECT_EQ(graph.read("q.length"), "5");
                EXPECT_EQ(replace(graph, "Idle -> q :: Queue(20) -> Unqueue -> d :: Discard"), "");
              },
              [&] {
                EXPECT_EQ(graph.read("q.capacity"), "20");
                EXPECT_EQ(graph.read("q.highwater_length"), "5");
                EXPECT_EQ(graph.read("d.count"), "5");
              }});
  EXPECT_EQ(graph.router->pool().in_use(), 0u);
}

TEST(HotSwapTest, ASmallerQueueKeepsTheOldestAndCountsTheOthers) {
  EXPECT_EQ(before_and_after("InfiniteSource(LIMIT 5) -> q :: Queue -> Idle",
                             "Idle -> q :: Queue(2) -> Idle", {"q.length", "q.drops"}),
            "5 0 2 3 ");
}

TEST(HotSwapTest, CountsAndPacketsOnTheirWaySurvive) {
  const std::string_view counters =
      "s :: InfiniteSource(LIMIT 7, LENGTH 60) -> c :: Counter -> a :: AverageCounter"
      " -> d :: Discard";
  EXPECT_EQ(before_and_after(counters, counters,
                             {"s.count", "c.count", "c.byte_count", "a.count", "a.byte_count"}),
            "7 7 420 7 420 7 7 420 7 420 ");
  const std::string_view rated = "s :: RatedSource(RATE 100, LIMIT 2) -> d :: Discard";
  EXPECT_EQ(before_and_after(rated, rated, {"s.count", "d.count"}), "2 2 2 0 ");
  const std::string_view timed = "s :: TimedSource(1000s, LIMIT 3) -> d :: Discard";
  EXPECT_EQ(before_and_after(timed, timed, {"s.count", "s.interval"}), "0 1000s 2 1000s ");
  const std::string_view delayed =
      "s :: InfiniteSource(LIMIT 1) -> q :: Queue"
      " -> u :: DelayUnqueue(1s) -> c :: Counter -> Discard";
  EXPECT_EQ(before_and_after(delayed, delayed, {"c.count", "q.length"}), "0 0 1 0 ");
}

TEST(HotSwapTest, BucketsAndAveragesSurvive) {
  const std::string_view unqueued =
      "InfiniteSource(LIMIT 1000) -> Queue"
      " -> u :: RatedUnqueue(10, BURST_SIZE 10) -> c :: Counter"
      " -> Discard";
  HostedGraph graph(unqueued);
  std::string counts;
  run(graph, {[&] { counts += cat(graph.read("c.count"), " "); },
              [&] { EXPECT_EQ(replace(graph, unqueued), ""); },
              [&] { counts += cat(graph.read("c.count"), " "); }});
  // A bucket that began anew would have let ten go at once.
  EXPECT_TRUE(counts == "10 11 " || counts == "10 12 ") << counts;
}

TEST(HotSwapTest, OnlyTheSameNameAndClassHasASuccessor) {
  EXPECT_EQ(before_and_after("InfiniteSource(LIMIT 5) -> c :: Counter -> Discard",
                             "Idle -> c :: AverageCounter -> Discard", {"c.count"}),
            "5 0 ");
  EXPECT_EQ(before_and_after("InfiniteSource(LIMIT 5) -> c :: Counter -> Discard; Idle -> e ::"
                             " Counter -> Discard",
                             "Idle -> e :: Counter -> Discard", {"e.count"}),
            "0 0 ");
}

TEST(HotSwapTest, AWrongTextLeavesTheGraphRunning) {
  HostedGraph graph(
      "InfiniteSource(LIMIT 5) -> q :: Queue -> u :: Unqueue(ACTIVE false)"
      " -> d :: Discard");
  const graph::Router* const first = graph.router.get();
  run(graph, {[&] {
                EXPECT_EQ(replace(graph, "Print"),
                          "t:1: 'Print@1 :: Print' input 0 unused\n"
                          "t:1: 'Print@1 :: Print' output 0 unused\n");
                EXPECT_EQ(
                    replace(graph, "q :: Queue(-1); Idle -> q -> Discard"),
                    "t:1: While configuring 'q :: Queue':\n  CAPACITY: out of range, minimum 0\n");
                EXPECT_NE(replace(graph, "Idle -> q :: Queue -> FromDump(none)"), "");
                EXPECT_NE(replace(graph, "FromDump(/none) -> q :: Queue -> Discard"), "");
                EXPECT_NE(replace(graph, "Idle -> Nothing -> Discard"), "");
                EXPECT_NE(replace(graph, "Idle -> "), "");
              },
              [&] {
                EXPECT_EQ(graph.router.get(), first);
                EXPECT_EQ(graph.read("q.length"), "5");
                EXPECT_TRUE(graph.router->write("u.active", "true"));
              },
              [&] { EXPECT_EQ(graph.read("d.count"), "5"); }});
}

TEST(HotSwapTest, TheLastTextOfARoundTakesOver) {
  HostedGraph graph("InfiniteSource(LIMIT 5) -> q :: Queue -> Idle");
  run(graph, {[&] {
                EXPECT_EQ(replace(graph, "Idle -> q :: Queue(1) -> Idle"), "");
                EXPECT_EQ(replace(graph, "Idle -> q :: Queue(2) -> Idle"), "");
                EXPECT_NE(replace(graph, "nonsense"), "");
              },
              [&] { EXPECT_EQ(graph.read("q.length"), "2"); }});
}

TEST(HotSwapTest, AScriptMayReplaceItsOwnGraphAndEnd) {
  HostedGraph graph("Script(wait 1s, writeq hotconfig \"Script(print 2, stop)\", print 1, stop)");
  ASSERT_EQ(graph.problems, "");
  graph.allow_reconfiguration();
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "1\n2\n");
  EXPECT_EQ(graph.err.text, "");
}

TEST(HotSwapTest, IsRefusedUnlessAllowedAndWhileNothingRuns) {
  HostedGraph graph("Idle -> Discard");
  EXPECT_EQ(replace(graph, "Idle -> Discard"), "no 'hotconfig' write handler");
  graph.allow_reconfiguration();
  EXPECT_EQ(replace(graph, "Idle -> Discard"), "the graph does not run");
}

TEST(HotSwapTest, DumpsGoOnWhereTheyWere) {
  const superfluid::testing::TemporaryDirectory folder;
  {
    auto writer = os::PcapWriter::create(folder.path("in"), {});
    ASSERT_TRUE(writer);
    for (int second = 10; second < 14; ++second) {
      const std::vector<std::uint8_t> frame(60, static_cast<std::uint8_t>(second));
      ASSERT_TRUE(writer->write(frame, base::seconds(second)));
    }
    ASSERT_TRUE(writer->close());
  }
  const std::string text = cat("f :: FromDump(", folder.path("in"), ", TIMING true)",
                               " -> t :: ToDump(", folder.path("out"), ") -> Discard");
  {
    HostedGraph graph(text);
    const auto replace_all = [&] { EXPECT_EQ(replace(graph, text), ""); };
    run(graph, {replace_all, replace_all, [] {}, [] {}, [] {}, replace_all,
                [&] {
                  EXPECT_EQ(graph.read("f.count"), "4");
                  EXPECT_EQ(graph.read("t.count"), "4");
                }});
  }
  auto reader = os::PcapReader::open(folder.path("out"));
  ASSERT_TRUE(reader);
  for (int second = 10; second < 14; ++second) {
    const auto captured = reader->next();
    ASSERT_TRUE(captured && *captured);
    EXPECT_EQ((*captured)->bytes[0], second);
  }
  const auto end = reader->next();
  EXPECT_TRUE(end && !*end);
}

TEST(HotSwapTest, SummaryDumpsGoOnWithADescriptionOfWhatChanged) {
  const superfluid::testing::TemporaryDirectory folder;
  for (const std::string& path : {folder.path("out"), std::string("-")}) {
    const auto text = [&](std::string_view source, std::string_view fields) {
      return cat(source, " :: InfiniteSource(LIMIT 2, LENGTH 60) -> t :: ToIPSummaryDump(", path,
                 ", FIELDS ", fields, ")");
    };
    std::string written;
    {
      HostedGraph graph(text("a", "aggregate"));
      run(graph, {[&] { EXPECT_EQ(replace(graph, text("b", "aggregate")), ""); },
                  [&] { EXPECT_EQ(replace(graph, text("c", "paint aggregate")), ""); },
                  [&] { EXPECT_EQ(graph.read("t.count"), "6"); }});
      EXPECT_TRUE(graph.router->write("t.flush", ""));
      written = graph.out.text;
    }
    if (path != "-") {
      written = os::read_text(path, base::kib(4)).value_or("");
    }
    EXPECT_EQ(written,
              "!IPSummaryDump 1.3\n!data aggregate\n0\n0\n0\n0\n"
              "!IPSummaryDump 1.3\n!data paint aggregate\n0 0\n0 0\n");
  }
}

TEST(HotSwapTest, AThousandSwapsLoseNothing) {
  const std::string_view text =
      "InfiniteSource(LIMIT 9) -> c :: Counter -> q :: Queue -> u :: Unqueue(ACTIVE false)"
      " -> t :: Tee(2) -> d :: Discard; t[1] -> Discard";
  HostedGraph graph(text);
  const Steps swaps(1000, [&] {
    EXPECT_EQ(graph.router->pool().in_use(), 9u);
    EXPECT_EQ(replace(graph, text), "");
  });
  run(graph, swaps);
  EXPECT_EQ(graph.read("q.length"), "9");
  EXPECT_EQ(graph.read("c.count"), "9");
  EXPECT_TRUE(graph.router->write("q.reset", ""));
  EXPECT_EQ(graph.router->pool().in_use(), 0u);
}

}  // namespace
}  // namespace superfluid::hostgraph
