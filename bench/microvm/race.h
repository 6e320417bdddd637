// SPDX-License-Identifier: Apache-2.0
// Race: what two ways of doing a thing cost, measured so that a busy machine is unkind to both.
//
// Each round takes one sample of every contender, in an order that is shuffled anew; the first is
// what the others are compared with. So whatever disturbs the machine for a while disturbs all, and
// a ratio holds where the times themselves do not.
//
// How sure a ratio is: the rounds are cut into ten parts one after the other, and the smallest and
// the largest ratio of a part are told beside that of all.
//
// Threads: one, in which every sample is taken. Time: a sample is timed by its contender, from the
// clock that it was given.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace superfluid::bench {

struct Contender {
  std::string name;
  // Takes one sample.
  std::function<base::Result<base::Duration>()> sample;
  // What has to be cleared away behind a sample, and is not part of it.
  std::function<base::Status()> tidy = [] { return base::Status(); };
};

struct Series {
  std::string name;
  std::vector<std::int64_t> ns;  // by round
};

struct RaceOptions {
  std::uint32_t rounds = 300;
  std::uint32_t warm_up = 10;  // rounds before, that are not kept
  std::uint64_t seed = 1;      // of the orders
};

base::Result<std::vector<Series>> race(std::span<Contender> contenders, const RaceOptions& options);

// The least sample that so many percent of all are not above (nearest rank). REQUIRES: samples.
std::int64_t percentile(std::span<const std::int64_t> samples, unsigned percent);

struct Ratio {
  double all = 0;
  double least = 0;  // of the parts
  double most = 0;
};
// Of the medians. REQUIRES: as many samples of both, more than none.
Ratio ratio_of(std::span<const std::int64_t> ours, std::span<const std::int64_t> theirs);

// A table for people, and everything for programs: samples in nanoseconds, by round.
std::string table_of(std::span<const Series> series);
std::string json_of(std::span<const Series> series, const RaceOptions& options);

}  // namespace superfluid::bench
