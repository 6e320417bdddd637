// SPDX-License-Identifier: Apache-2.0
#include "microvm/race.h"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "support/error_of.h"

namespace superfluid::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Contenders whose samples are 1, 2, 3 …, times a factor; `log` keeps who was called.
Contender counting(std::string name, std::int64_t factor, std::string& log) {
  return {.name = name,
          .sample = [name, factor, &log,
                     count = std::int64_t{0}]() mutable -> base::Result<base::Duration> {
            log += name;
            return base::nanoseconds(++count * factor);
          },
          .tidy =
              [&log] {
                log += '.';
                return base::Status();
              }};
}

TEST(Race, EveryRoundTakesOneSampleOfEachInAnyOrder) {
  std::string log;
  std::vector<Contender> contenders = {counting("a", 1, log), counting("b", 10, log)};
  const auto series = race(contenders, {.rounds = 20, .warm_up = 2, .seed = 5});
  ASSERT_TRUE(series);
  ASSERT_EQ(series->size(), 2u);
  EXPECT_EQ((*series)[0].ns.front(), 3) << "those that warm up are not kept";
  EXPECT_EQ((*series)[0].ns.size(), 20u);
  EXPECT_EQ((*series)[1].ns.back(), 220);
  std::set<std::string> rounds;
  for (std::size_t at = 0; at < log.size(); at += 4) {
    rounds.insert(log.substr(at, 4));
  }
  EXPECT_THAT(rounds, ElementsAre("a.b.", "b.a."));
}

TEST(Race, EndsWithTheFirstThatFails) {
  std::string log;
  std::vector<Contender> contenders = {
      counting("a", 1, log), {.name = "b", .sample = []() -> base::Result<base::Duration> {
                                return base::fail(base::ErrorCode::kUnsupported, "no machine");
                              }}};
  const auto series = race(contenders, {.rounds = 5});
  ASSERT_FALSE(series);
  EXPECT_THAT(series.error().to_string(), HasSubstr("'b'"));
  EXPECT_THAT(series.error().to_string(), HasSubstr("no machine"));
}

TEST(Percentile, IsASampleOfThatRank) {
  std::vector<std::int64_t> samples(300);
  std::iota(samples.rbegin(), samples.rend(), 1);
  EXPECT_EQ(percentile(samples, 0), 1);
  EXPECT_EQ(percentile(samples, 50), 150);
  EXPECT_EQ(percentile(samples, 90), 270);
  EXPECT_EQ(percentile(samples, 99), 297);
  EXPECT_EQ(percentile(samples, 100), 300);
  EXPECT_EQ(percentile(std::vector<std::int64_t>{7}, 50), 7);
}

TEST(Ratio, TellsHowSureItIs) {
  std::vector<std::int64_t> theirs(100, 1000);
  std::vector<std::int64_t> ours(100, 100);
  std::fill_n(ours.begin() + 40, 10, 500);  // one part of ten
  const Ratio ratio = ratio_of(ours, theirs);
  EXPECT_DOUBLE_EQ(ratio.all, 0.1);
  EXPECT_DOUBLE_EQ(ratio.least, 0.1);
  EXPECT_DOUBLE_EQ(ratio.most, 0.5);
}

TEST(Report, HasATableForPeopleAndAllSamplesForPrograms) {
  const std::vector<Series> series = {{.name = "first", .ns = {2000, 2000}},
                                      {.name = "other \"one\"", .ns = {1000, 1000}}};
  EXPECT_THAT(table_of(series), HasSubstr("0.500  (0.500 to 0.500)"));
  EXPECT_EQ(json_of(series, {.rounds = 2, .seed = 9}),
            "{\"version\": 1, \"unit\": \"ns\", \"rounds\": 2, \"seed\": 9, \"series\": [\n"
            "  {\"name\": \"first\", \"samples\": [2000, 2000]},\n"
            "  {\"name\": \"other _one_\", \"samples\": [1000, 1000]}\n]}\n");
}

}  // namespace
}  // namespace superfluid::bench
