// SPDX-License-Identifier: Apache-2.0
// Graphs of several lanes on a Driver: what a program sees of its threads.
#include <gtest/gtest.h>

#include <csignal>
#include <functional>

#include "base/text.h"

#include "hostgraph/testing.h"

namespace superfluid::hostgraph {
namespace {

using testing::HostedGraph;

constexpr DriverOptions kThreeThreads{.threads = 3};

// In simulated time lanes take turns, and runs repeat.
TEST(Lanes, InSimulatedTimeARunRepeats) {
  const auto run = [] {
    HostedGraph graph(
        "s :: RatedSource(RATE 100, LIMIT 40) -> h :: RoundRobinSwitch; h[0] -> a :: Null -> "
        "Print(a)"
        "-> Discard; h[1] -> b :: Null -> Print(b) -> d :: Discard; StaticThreadSched(a 1, b 2);"
        "Script(wait 1s, print $(d.count), stop)",
        {.simulated_time = true, .threads = 3});
    EXPECT_EQ(graph.problems, "");
    EXPECT_EQ(graph.run(), End::kStopped);
    return graph.err.text + graph.out.text;
  };
  const std::string once = run();
  EXPECT_NE(once.find("20\n"), std::string::npos) << once;
  EXPECT_EQ(run(), once);
}

TEST(LanesThreads, PacketsCrossAndAScriptReadsEveryLane) {
  HostedGraph graph(
      "s :: InfiniteSource(LIMIT 20000) -> a :: Counter -> q :: Queue(20000) -> u :: Unqueue"
      "-> b :: Counter(COUNT_CALL 20000 done.run) -> Discard;"
      "done :: Script(TYPE PASSIVE, print $(s.count) $(a.count) $(q.drops) $(b.count), stop);"
      "StaticThreadSched(a 1, u 2)",
      kThreeThreads);
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "20000 20000 0 20000\n") << graph.err.text;
}

// Lanes with nothing to do sleep; what a handler gives them to do wakes them.
TEST(LanesThreads, AHandlerWakesALaneThatSleeps) {
  HostedGraph graph(
      "s :: InfiniteSource(LIMIT 5, ACTIVE false) -> c :: Counter(COUNT_CALL 5 end.run) -> Discard;"
      "StaticThreadSched(s 1);"
      "end :: Script(TYPE PASSIVE, print \"done\", stop);"
      "Script(wait 20ms, write s.active true)",
      kThreeThreads);
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.out.text, "done\n");
  EXPECT_LT(graph.driver->rounds(), 200u);
}

// Scripts of two lanes that call each other's elements all the time: neither waits for ever.
TEST(LanesThreads, HandlersCalledFromSeveralLanesAtOnce) {
  HostedGraph graph(
      "s :: InfiniteSource(LIMIT 2000) -> Script(TYPE PACKET, set v $(y.count), end)"
      "-> x :: Counter -> Discard; t :: InfiniteSource(LIMIT 2000)"
      "-> Script(TYPE PACKET, set v $(x.count), end) -> y :: Counter -> Discard;"
      "StaticThreadSched(s 1, t 2);"
      "Script(label w, wait 1ms, goto w $(or $(lt $(x.count) 2000) $(lt $(y.count) 2000)), stop)",
      kThreeThreads);
  ASSERT_EQ(graph.problems, "");
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("x.count"), "2000");
  EXPECT_EQ(graph.read("y.count"), "2000");
}

// What is counted is kept, and so is what is on its way; those that take over stay in their
// threads, whatever the new text says.
TEST(LanesThreads, AGraphIsReplacedWhileItsThreadsRun) {
  const auto text = [](int a, int u) {
    return base::cat(
        "s :: InfiniteSource(LIMIT 40000) -> a :: Counter -> q :: Queue(50000) -> u :: Unqueue"
        "-> b :: Counter -> Discard; StaticThreadSched(a ",
        a, ", u ", u, "); Script(label w, wait 1ms, goto w $(lt $(b.count) 40000), stop)");
  };
  HostedGraph graph(text(1, 2), kThreeThreads);
  ASSERT_EQ(graph.problems, "");
  graph.allow_reconfiguration();
  int swaps = 0;
  const std::function<void()> swap = [&] {
    const base::Status status =
        graph.router->write("hotconfig", swaps % 2 == 0 ? text(2, 1) : text(1, 2));
    EXPECT_TRUE(status.has_value()) << status.error().to_string();
    if (++swaps < 50) {
      graph.driver->loop().post(swap);
    }
  };
  graph.driver->loop().post(swap);
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_GT(swaps, 0);
  EXPECT_EQ(graph.read("b.count"), "40000");
  EXPECT_EQ(graph.err.text, "");
}

TEST(LanesThreads, ASignalEndsThemAll) {
  HostedGraph graph(
      "InfiniteSource -> a :: Counter(COUNT_CALL 1000 k.run) -> Discard; StaticThreadSched(a 1);"
      "k :: Script(TYPE PASSIVE, print now)",
      kThreeThreads);
  ASSERT_EQ(graph.problems, "");
  graph.driver->loop().post([] { raise(SIGTERM); });
  EXPECT_EQ(graph.run(), End::kInterrupted);
}

}  // namespace
}  // namespace superfluid::hostgraph
