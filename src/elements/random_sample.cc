// SPDX-License-Identifier: Apache-2.0
#include "elements/random_sample.h"

#include <optional>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass RandomSample::kClass{"RandomSample", "1/1-2", "a/ah",
                                               graph::make_element<RandomSample>};

void RandomSample::configure(graph::Arguments& arguments) {
  Probability passing;
  std::optional<Probability> sample;
  std::optional<Probability> drop;
  arguments.positional("P", passing)
      .keyword("SAMPLE", sample)
      .keyword("DROP", drop)
      .keyword("ACTIVE", active_)
      .complete();
  if (sample && drop) {
    arguments.complain("give at most one of SAMPLE and DROP");
  }
  passing_ = drop ? drop->opposite() : sample.value_or(passing);
}

Packet* RandomSample::act(Packet* packet) {
  if (!active_ || passing_.happens(rng())) {
    return packet;
  }
  ++drops_;
  reject(packet);
  return nullptr;
}

void RandomSample::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("sampling_prob", [this] { return passing_.text(); });
  handlers.value("drop_prob", [this] { return passing_.opposite().text(); });
  const auto write = [&](std::string_view name, bool drops) {
    handlers.write(name, [this, drops](std::string_view text) -> base::Status {
      Probability given;
      if (!parse_argument(base::trim(text), given).empty()) {
        return base::fail(base::ErrorCode::kInvalid, "Must be given a number between 0.0 and 1.0");
      }
      passing_ = drops ? given.opposite() : given;
      return {};
    });
  };
  write("sampling_prob", false);
  write("drop_prob", true);
  add_setting(handlers, "active", active_);
  add_value(handlers, "drops", drops_);
  handlers.value("config", [this] {
    return base::cat("SAMPLE ", passing_.text(), ", ACTIVE ", show(active_));
  });
}

}  // namespace superfluid::elements
