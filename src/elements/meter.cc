// SPDX-License-Identifier: Apache-2.0
#include "elements/meter.h"

#include <algorithm>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Meter::kClass{"Meter", "1/2-", "h/h", graph::make_element<Meter>};
const graph::ElementClass BandwidthMeter::kClass{"BandwidthMeter", "1/2-", "h/h",
                                                 graph::make_element<BandwidthMeter>};

void AnyMeter::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  if (texts.size() + 1 != outputs()) {
    arguments.complain(
        base::cat("need ", outputs() - 1, " arguments, one less than the number of output ports"));
    return;
  }
  read_rates(texts, arguments);
}

void AnyMeter::read_rates(const std::vector<std::string>& texts, graph::Arguments& arguments) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    TrafficRate rate{unit_};
    if (!parse_argument(texts[i], rate).empty()) {
      arguments.complain(base::cat("argument ", i + 1, " syntax error"));
      return;
    }
    if (i > 0 && rate.per_second <= rates_.back()) {
      arguments.complain(base::cat("rate ", i + 1, " must be > rate ", i));
      return;
    }
    const bool bare = texts[i].find_first_not_of("0123456789.") == texts[i].npos;
    if (unit_ == TrafficUnit::kBytes && bare && rate.per_second != 0) {
      arguments.warn(base::cat("no units for bandwidth argument ", i + 1, ", assuming Bps"));
    }
    rates_.push_back(rate.per_second);
  }
}

void AnyMeter::push(std::uint32_t, Batch batch) {
  std::uint64_t units = 0;
  for (const Packet* packet : batch) {
    units += units_of(*packet, unit_);
  }
  rate_.add(units, schedule().now());
  const std::uint64_t rate = rate_.per_second() >> RateAverage::kFractionBits;
  const auto above = std::ranges::upper_bound(rates_, rate);
  output(static_cast<std::uint32_t>(above - rates_.begin())).push(batch);
}

void AnyMeter::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("rate", [this] { return rate_.text(schedule().now()); });
  handlers.value("meters", [this] {
    std::string text;
    for (const std::uint32_t rate : rates_) {
      text += base::cat(text.empty() ? "" : " ", rate);
    }
    return text;
  });
}

}  // namespace superfluid::elements
