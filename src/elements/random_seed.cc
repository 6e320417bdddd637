// SPDX-License-Identifier: Apache-2.0
#include "elements/random_seed.h"

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

const graph::ElementClass RandomSeed::kClass{
    .name = "RandomSeed",
    .ports = "0/0",
    .processing = "a/a",
    .make = graph::make_element<RandomSeed>,
    .configured_first = true,
};

void RandomSeed::configure(graph::Arguments& arguments) {
  std::optional<std::uint32_t> seed;
  arguments.positional("SEED", seed).complete();
  if (seed) {
    apply(*seed);
  }
}

void RandomSeed::apply(std::uint32_t seed) {
  seed_ = seed;
  for (std::size_t lane = 0; lane < router().lanes(); ++lane) {
    router().lane(lane).rng() = base::Rng(seed + lane);
  }
}

void RandomSeed::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("seed", [this] { return seed_ ? base::cat(*seed_) : std::string(); });
  handlers.write("seed", [this](std::string_view text) -> base::Status {
    std::uint32_t seed = 0;
    SF_CHECKED(graph::parse_handler_value(text, seed));
    apply(seed);
    return {};
  });
}

}  // namespace superfluid::elements
