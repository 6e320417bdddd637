// SPDX-License-Identifier: Apache-2.0
// microvm_bench [--rounds N] [--seed N] [--json PATH]: how long a function takes to start, beside
// the start of a process, in one interleaved run. What this host cannot do is skipped with a
// reason.

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/units.h"
#include "microvm/contenders.h"
#include "microvm/race.h"
#include "os/clock.h"
#include "os/files.h"

namespace superfluid::bench {
namespace {

struct Entry {
  std::string_view name;
  base::Result<Contender> (*make)(const Surroundings&);
};

// Further ones: a row here, a function in contenders.h, a file with it.
constexpr Entry kEntries[] = {
    {"spawn", spawn_of_a_process},     {"warm-shell", clone_in_a_warm_shell},
    {"save", save_of_a_function},      {"restore", restore_of_a_function},
    {"node", start_by_the_node},       {"node-echo", first_echo_by_the_node},
    {"node-pause", pause_by_the_node},
};

constexpr std::uint32_t kRoundsMax = 1'000'000;

struct Arguments {
  RaceOptions race;
  std::string json;
};

base::Result<Arguments> parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; i += 2) {
    const std::string_view option = words[i];
    if (i + 1 == count) {
      return base::fail(base::ErrorCode::kInvalid, base::cat(option, " needs a value"));
    }
    const std::string_view value = words[i + 1];
    if (option == "--json") {
      arguments.json = value;
      continue;
    }
    const auto number = base::parse_u64(value);
    if (option == "--rounds" && number && *number > 0 && *number <= kRoundsMax) {
      arguments.race.rounds = static_cast<std::uint32_t>(*number);
    } else if (option == "--seed" && number) {
      arguments.race.seed = *number;
    } else {
      return base::fail(base::ErrorCode::kInvalid, base::cat("no option ", option, " ", value))
          .try_this("--rounds N, --seed N, --json PATH");
    }
  }
  return arguments;
}

void say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

base::Status run(const Arguments& arguments) {
  const os::SystemClock clock;
  const Surroundings surroundings{
      .clock = clock, .child = SUPERFLUID_BENCH_CHILD, .program = SUPERFLUID_PROGRAM};
  std::vector<Contender> contenders;
  for (const Entry& entry : kEntries) {
    auto contender = entry.make(surroundings);
    if (contender) {
      contenders.push_back(std::move(*contender));
    } else if (contenders.empty()) {
      return base::pass(std::move(contender).error());
    } else {
      say(base::cat("skipped: ", entry.name, ": ", contender.error().to_string(), "\n"));
    }
  }
  say(base::cat(arguments.race.rounds, " rounds, each in an order of its own (seed ",
                arguments.race.seed, ")\n\n"));
  SF_TRY(series, race(contenders, arguments.race));
  say(table_of(series));
  if (!arguments.json.empty()) {
    const std::string text = json_of(series, arguments.race);
    SF_CHECKED(os::make_directories(os::directory_of(arguments.json)));
    SF_CHECKED(os::write_atomically(
        arguments.json, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
    say(base::cat("\nall samples: ", arguments.json, "\n"));
  }
  return {};
}

}  // namespace
}  // namespace superfluid::bench

int main(int count, char** words) {
  using namespace superfluid;
  const auto arguments = bench::parse(count, words);
  const base::Status done =
      arguments ? bench::run(*arguments) : base::Status(base::pass(arguments.error()));
  if (!done) {
    std::fputs(base::cat("error: ", done.error().to_string(), "\n").c_str(), stderr);
    return arguments ? 1 : 2;
  }
  return 0;
}
