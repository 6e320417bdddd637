// SPDX-License-Identifier: Apache-2.0
#include "microvm/race.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "base/rng.h"
#include "base/text.h"

namespace superfluid::bench {
namespace {

constexpr std::size_t kParts = 10;

base::Status take_one(Contender& contender, std::vector<std::int64_t>* keep) {
  SF_TRY(time, contender.sample());
  if (keep != nullptr) {
    keep->push_back(time.count());
  }
  return contender.tidy();
}

std::string microseconds(std::int64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%10.1f", static_cast<double>(ns) / 1000);
  return text;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

// Names are our own, and short; still, a quote in one must not break the file.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ' ? '_' : c;
  }
  return out + '"';
}

}  // namespace

base::Result<std::vector<Series>> race(std::span<Contender> contenders,
                                       const RaceOptions& options) {
  std::vector<Series> series;
  std::vector<std::size_t> order;
  for (const Contender& contender : contenders) {
    order.push_back(order.size());
    series.push_back({.name = contender.name, .ns = {}});
    series.back().ns.reserve(options.rounds);
  }
  base::Rng rng(options.seed);
  for (std::uint32_t round = 0; round < options.warm_up + options.rounds; ++round) {
    for (std::size_t left = order.size(); left > 1; --left) {
      std::swap(order[left - 1], order[rng.below(static_cast<std::uint32_t>(left))]);
    }
    for (const std::size_t who : order) {
      auto* const keep = round >= options.warm_up ? &series[who].ns : nullptr;
      if (auto taken = take_one(contenders[who], keep); !taken) {
        return base::fail(base::ErrorCode::kFailed,
                          base::cat("a sample of '", contenders[who].name, "' could not be taken"))
            .caused_by(std::move(taken).error());
      }
    }
  }
  return series;
}

std::int64_t percentile(std::span<const std::int64_t> samples, unsigned percent) {
  base::check(!samples.empty() && percent <= 100, "a percentile is one of samples");
  std::vector<std::int64_t> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[rank == 0 ? 0 : rank - 1];
}

Ratio ratio_of(std::span<const std::int64_t> ours, std::span<const std::int64_t> theirs) {
  base::check(ours.size() == theirs.size(), "samples were taken in the same rounds");
  const auto of = [&](std::size_t from, std::size_t to) {
    return static_cast<double>(percentile(ours.subspan(from, to - from), 50)) /
           static_cast<double>(percentile(theirs.subspan(from, to - from), 50));
  };
  Ratio ratio{.all = of(0, ours.size()), .least = 0, .most = 0};
  ratio.least = ratio.most = ratio.all;
  const std::size_t parts = std::min(kParts, ours.size());
  for (std::size_t part = 0; part < parts; ++part) {
    const double here = of(ours.size() * part / parts, ours.size() * (part + 1) / parts);
    ratio.least = std::min(ratio.least, here);
    ratio.most = std::max(ratio.most, here);
  }
  return ratio;
}

std::string table_of(std::span<const Series> series) {
  std::size_t width = 0;
  for (const Series& row : series) {
    width = std::max(width, row.name.size());
  }
  std::string out =
      padded("", width) +
      "         min       p50       p90       p99  us   p50 to the first, its spread\n";
  for (const Series& row : series) {
    out += padded(row.name, width) + "  " + microseconds(percentile(row.ns, 0)) +
           microseconds(percentile(row.ns, 50)) + microseconds(percentile(row.ns, 90)) +
           microseconds(percentile(row.ns, 99));
    if (&row != &series.front()) {
      const Ratio ratio = ratio_of(row.ns, series.front().ns);
      char text[64];
      std::snprintf(text, sizeof text, "       %.3f  (%.3f to %.3f)", ratio.all, ratio.least,
                    ratio.most);
      out += text;
    }
    out += '\n';
  }
  return out;
}

std::string json_of(std::span<const Series> series, const RaceOptions& options) {
  std::string out = base::cat("{\"version\": 1, \"unit\": \"ns\", \"rounds\": ", options.rounds,
                              ", \"seed\": ", options.seed, ", \"series\": [");
  for (const Series& row : series) {
    out += base::cat(&row == &series.front() ? "" : ",", "\n  {\"name\": ", quoted(row.name),
                     ", \"samples\": [");
    for (std::size_t i = 0; i < row.ns.size(); ++i) {
      out += base::cat(i == 0 ? "" : ", ", row.ns[i]);
    }
    out += "]}";
  }
  return out + "\n]}\n";
}

}  // namespace superfluid::bench
