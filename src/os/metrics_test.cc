// SPDX-License-Identifier: Apache-2.0
#include "os/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace superfluid::os {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

static_assert(sizeof(Counter) == kCacheLine && sizeof(Gauge) == kCacheLine);

TEST(Metrics, ExposesWhatIsRegisteredByNameAndLabels) {
  Metrics metrics;
  Counter b;
  Counter a;
  Gauge gauge;
  const auto one = metrics.add({.name = "drops", .help = "D.", .labels = {{"port", "b"}}}, b);
  const auto two = metrics.add({.name = "drops", .help = "D.", .labels = {{"port", "a"}}}, a);
  const auto three = metrics.add({.name = "depth", .help = "Queue."}, gauge);
  ASSERT_TRUE(one.has_value() && two.has_value() && three.has_value());
  a.add();
  b.add(41);
  b.add();
  gauge.set(-3);
  gauge.add(1);
  EXPECT_EQ(metrics.expose(),
            "# HELP depth Queue.\n# TYPE depth gauge\ndepth -2\n"
            "# HELP drops D.\n# TYPE drops counter\n"
            "drops{port=\"a\"} 1\ndrops{port=\"b\"} 42\n");
}

TEST(Metrics, EscapesHostileLabels) {
  Metrics metrics;
  const Counter counter;
  const auto handle =
      metrics.add({.name = "x", .help = "X.", .labels = {{"name", "a\"} 9\nforged 1"}}}, counter);
  ASSERT_TRUE(handle.has_value());
  EXPECT_THAT(metrics.expose(), HasSubstr("x{name=\"a\\\"} 9\\nforged 1\"} 0\n"));
}

TEST(Metrics, HistogramBucketsIncludeTheirBound) {
  Metrics metrics;
  Histogram histogram({10, 20});
  const auto handle = metrics.add({.name = "us", .help = "Time."}, histogram);
  ASSERT_TRUE(handle.has_value());
  for (const std::uint64_t value : {0, 10, 11, 20, 21}) {
    histogram.observe(value);
  }
  EXPECT_EQ(metrics.expose(),
            "# HELP us Time.\n# TYPE us histogram\nus_count 5\nus_sum 62\n"
            "us_bucket{le=\"10\"} 2\nus_bucket{le=\"20\"} 4\nus_bucket{le=\"+Inf\"} 5\n");
}

TEST(MetricsDeathTest, HistogramBoundsRise) {
  EXPECT_DEATH(Histogram({1, 1}), "bounds of a histogram rise");
}

TEST(Metrics, ForgetsWhatItsOwnerDrops) {
  Metrics metrics;
  {
    const Counter counter;
    const auto handle = metrics.add({.name = "x", .help = "X."}, counter);
    ASSERT_TRUE(handle.has_value());
    EXPECT_NE(metrics.expose(), "");
  }
  EXPECT_EQ(metrics.expose(), "");
}

TEST(Metrics, RefusesBadNamesAndConflicts) {
  Metrics metrics;
  const Counter counter;
  const Gauge gauge;
  for (const char* name : {"", "1x", "a-b", "a b", "a\nb"}) {
    EXPECT_EQ(metrics.add({.name = name, .help = ""}, counter).error().code(), ErrorCode::kInvalid);
    EXPECT_EQ(
        metrics.add({.name = "x", .help = "", .labels = {{name, ""}}}, counter).error().code(),
        ErrorCode::kInvalid);
  }
  const auto handle = metrics.add({.name = "x", .help = "X."}, counter);
  ASSERT_TRUE(handle.has_value());
  const MetricName other{.name = "x", .help = "X.", .labels = {{"a", "b"}}};
  EXPECT_EQ(metrics.add({.name = "x", .help = "X."}, counter).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(metrics.add(other, gauge).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(metrics.add(other, counter).has_value());
}

TEST(MetricsThreads, AreReadWhileTheyAreWrittenAndDropped) {
  Metrics metrics;
  std::jthread writer([&] {
    for (int round = 0; round < 50; ++round) {
      Counter counter;
      Histogram histogram({1});
      const auto first = metrics.add({.name = "c", .help = "C."}, counter);
      const auto second = metrics.add({.name = "h", .help = "H."}, histogram);
      EXPECT_TRUE(first.has_value() && second.has_value());
      for (std::uint64_t i = 0; i < 100; ++i) {
        counter.add();
        histogram.observe(i);
      }
    }
  });
  for (int round = 0; round < 50; ++round) {
    const std::string text = metrics.expose();
    EXPECT_TRUE(text.empty() || text.starts_with("# HELP"));
  }
}

}  // namespace
}  // namespace superfluid::os
