// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/driver.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <thread>

#include "graph/arguments.h"
#include "hostgraph/testing.h"
#include "os/unique_fd.h"

namespace superfluid::hostgraph {
namespace {

using testing::HostedGraph;

constexpr DriverOptions kRealTime{};

// Alarm(SECONDS): stops the graph then.
class Alarm final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override {
    arguments.required("SECONDS", seconds_).complete();
  }
  base::Status initialize() override {
    timer_.attach(router().schedule());
    timer_.set_after(base::seconds(seconds_));
    return {};
  }
  void run_timer(graph::Timer&) override { router().stop(); }

 private:
  graph::Timer timer_{*this};
  std::int32_t seconds_ = 0;
};
const graph::ElementClass Alarm::kClass{"Alarm", "0/0", "a/a", graph::make_element<Alarm>};

// Stops the graph once its pipe is readable, which it is from the start.
class PipeReader final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  base::Status initialize() override {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe(ends), 0);
    reading_ = os::UniqueFd(ends[0]);
    writing_ = os::UniqueFd(ends[1]);
    EXPECT_EQ(write(writing_.get(), "x", 1), 1);
    SF_TRY(watch, Driver::loop_of(*this).watch(reading_.get(), {.readable = true},
                                               [this](os::Ready) { router().stop(); }));
    watch_ = std::move(watch);
    return {};
  }

 private:
  os::UniqueFd reading_;
  os::UniqueFd writing_;
  os::Subscription watch_;
};
const graph::ElementClass PipeReader::kClass{"PipeReader", "0/0", "a/a",
                                             graph::make_element<PipeReader>};

void add_test_elements(graph::Registry& registry) {
  registry.add(Alarm::kClass);
  registry.add(PipeReader::kClass);
}

TEST(DriverTest, RunsUntilTheGraphStops) {
  HostedGraph graph("s :: InfiniteSource(LIMIT 5, STOP true) -> d :: Discard", kRealTime);
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("d.count"), "5");
  EXPECT_EQ(graph.router->pool().in_use(), 0u);
}

TEST(DriverTest, NoTaskRunsAfterTheWishToStop) {
  HostedGraph graph(
      "InfiniteSource(LIMIT 1, STOP true) -> Discard;"
      "InfiniteSource -> d :: Discard",
      kRealTime);
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("d.count"), "0");
}

TEST(DriverTest, SimulatedTimeJumpsToTheNextTimer) {
  HostedGraph graph("Alarm(86400)", {.simulated_time = true}, add_test_elements);
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.driver->clock().since_epoch(), kSimulatedEpoch + base::seconds(86400));
  EXPECT_EQ(graph.driver->rounds(), 2u);
}

TEST(DriverTest, SimulatedTimeStandsWhileThereIsWork) {
  HostedGraph graph("InfiniteSource(LIMIT 3000, STOP true) -> Discard; Alarm(1)",
                    {.simulated_time = true}, add_test_elements);
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.driver->clock().since_epoch(), kSimulatedEpoch);
}

TEST(DriverTest, RealTimersFire) {
  HostedGraph graph("Alarm(0)", kRealTime, add_test_elements);
  EXPECT_EQ(graph.run(), End::kStopped);
}

TEST(DriverTest, ServesDescriptorsOfIdleAndOfBusyGraphs) {
  for (const std::string_view text : {"PipeReader", "PipeReader; InfiniteSource -> Discard"}) {
    for (const bool simulated : {false, true}) {
      HostedGraph graph(text, {.simulated_time = simulated}, add_test_elements);
      EXPECT_EQ(graph.run(), End::kStopped);
    }
  }
}

TEST(DriverTest, SignalsEndItCleanlyIdleAndBusy) {
  for (const std::string_view text : {"Idle -> Discard", "InfiniteSource -> Discard"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      HostedGraph graph(text, kRealTime);
      graph.driver->loop().post([signal] { raise(signal); });
      EXPECT_EQ(graph.run(), End::kInterrupted);
      EXPECT_FALSE(graph.router->stopped());
    }
  }
}

TEST(DriverTest, RunsAgainAfterAnInterruption) {
  HostedGraph graph("InfiniteSource(LIMIT 5, STOP true, ACTIVE false) -> d :: Discard", kRealTime);
  graph.driver->loop().post([] { raise(SIGINT); });
  EXPECT_EQ(graph.run(), End::kInterrupted);
  ASSERT_TRUE(graph.router->write("InfiniteSource@1.active", "true"));
  EXPECT_EQ(graph.run(), End::kStopped);
  EXPECT_EQ(graph.read("d.count"), "5");
}

// Asleep is asleep: while another thread works, an idle graph has not one round.
TEST(DriverThreadsTest, AnIdleGraphHasNoRounds) {
  HostedGraph graph("Idle -> Queue -> Unqueue -> Discard", kRealTime);
  std::uint64_t rounds_asleep = 0;
  std::thread other([&] {
    volatile std::uint64_t work = 0;
    for (int i = 0; i < 20'000'000; ++i) {
      work = work + 1;
    }
    graph.driver->loop().post([&] {
      rounds_asleep = graph.driver->rounds();
      graph.router->stop();
    });
  });
  EXPECT_EQ(graph.run(), End::kStopped);
  other.join();
  EXPECT_LE(rounds_asleep, 2u);  // the first, and one that finds the Unqueue's queue empty
}

// What the first routers of a driver are given to draw from.
std::vector<std::uint64_t> seeds(const DriverOptions& options) {
  const auto driver = Driver::create(options);
  EXPECT_TRUE(driver.has_value());
  return {(*driver)->next_seed(), (*driver)->next_seed()};
}

TEST(Driver, SeedsRepeatInSimulatedTimeAndOnRequestAlone) {
  const auto real = seeds({});
  EXPECT_NE(real[0], real[1]);
  EXPECT_NE(real, seeds({}));
  EXPECT_EQ(seeds({.random_seed = 7}), seeds({.random_seed = 7}));
  EXPECT_NE(seeds({.random_seed = 7}), seeds({.random_seed = 8}));
  const auto simulated = seeds({.simulated_time = true});
  EXPECT_EQ(simulated, seeds({.simulated_time = true}));
  EXPECT_NE(simulated, seeds({.simulated_time = true, .random_seed = 7}));
}

}  // namespace
}  // namespace superfluid::hostgraph
