// SPDX-License-Identifier: Apache-2.0
#include "elements/random_sample.h"

#include <algorithm>
#include <optional>

#include "elements/fraction_text.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {
namespace {

using graph::Packet;

constexpr unsigned kBits = 16;
constexpr std::uint32_t kCertain = 1 << kBits;

// 0 to 1, in parts of kCertain.
struct Probability {
  std::uint32_t parts = kCertain;
};

graph::Complaint parse_argument(std::string_view text, Probability& value) {
  constexpr std::size_t kDigits = 9;
  constexpr std::uint64_t kUnit = 1'000'000'000;
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string decimals(text.substr(std::min(point + 1, text.size())));
  const bool has_digits = point != 0 || !decimals.empty();
  decimals.resize(kDigits, '0');
  const auto whole = base::parse_u64(point == 0 ? "0" : text.substr(0, point));
  const auto fraction = base::parse_u64(decimals);
  if (!has_digits || !whole || !fraction) {
    return base::cat("'", base::escape(text), "' is not a number from 0 to 1");
  }
  if (*whole > 1 || (*whole == 1 && *fraction != 0)) {
    return "sampling probability must be between 0 and 1";
  }
  value.parts =
      static_cast<std::uint32_t>(*whole * kCertain + (*fraction * kCertain + kUnit / 2) / kUnit);
  return {};
}

}  // namespace

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
  passing_ = drop ? kCertain - drop->parts : sample.value_or(passing).parts;
}

Packet* RandomSample::act(Packet* packet) {
  if (!active_ || router().rng().below(kCertain) < passing_) {
    return packet;
  }
  ++drops_;
  reject(packet);
  return nullptr;
}

void RandomSample::add_handlers(graph::HandlerTable& handlers) {
  const auto sample = [this] { return binary_fraction_text(passing_, kBits); };
  handlers.value("sampling_prob", sample);
  handlers.value("drop_prob", [this] { return binary_fraction_text(kCertain - passing_, kBits); });
  const auto write = [&](std::string_view name, bool drops) {
    handlers.write(name, [this, drops](std::string_view text) -> base::Status {
      Probability given;
      if (!parse_argument(base::trim(text), given).empty()) {
        return base::fail(base::ErrorCode::kInvalid, "Must be given a number between 0.0 and 1.0");
      }
      passing_ = drops ? kCertain - given.parts : given.parts;
      return {};
    });
  };
  write("sampling_prob", false);
  write("drop_prob", true);
  add_setting(handlers, "active", active_);
  add_value(handlers, "drops", drops_);
  handlers.value("config", [this, sample] {
    return base::cat("SAMPLE ", sample(), ", ACTIVE ", show(active_));
  });
}

}  // namespace superfluid::elements
