// SPDX-License-Identifier: Apache-2.0
#include "elements/average_counter.h"

#include <algorithm>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass AverageCounter::kClass{"AverageCounter", "1/1", "a/a",
                                                 graph::make_element<AverageCounter>};

void AverageCounter::configure(graph::Arguments& arguments) {
  arguments.positional("IGNORE", ignore_s_).complete();
}

void AverageCounter::count(Batch batch) {
  last_ = router().schedule().now();
  first_ = first_.value_or(last_);
  if (last_ - *first_ >= base::seconds(ignore_s_)) {
    count_ += batch.size();
    for (const Packet* packet : batch) {
      byte_count_ += packet->length;
    }
  }
}

std::size_t AverageCounter::pull(std::uint32_t, Packet** into, std::size_t max) {
  const std::size_t found = input(0).pull(into, max);
  if (found != 0) {
    count(Batch(into, found));
  }
  return found;
}

std::string AverageCounter::per_second(std::uint64_t count) const {
  constexpr std::uint64_t kDecimals = 1'000'000;
  const base::Duration seen = last_ - first_.value_or(last_) - base::seconds(ignore_s_);
  const auto ms = static_cast<std::uint64_t>(
      std::max<std::int64_t>(1, seen.count() / base::milliseconds(1).count()));
  const std::uint64_t whole = count / ms * 1000 + count % ms * 1000 / ms;
  const std::uint64_t rest = count % ms * 1000 % ms;
  // The leading 1 keeps the zeros behind the point.
  std::string text = base::cat(kDecimals + rest * kDecimals / ms);
  text.replace(0, 1, base::cat(whole, "."));
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

void AverageCounter::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "count", count_);
  add_value(handlers, "byte_count", byte_count_);
  handlers.value("rate", [this] { return per_second(count_); });
  handlers.value("byte_rate", [this] { return per_second(byte_count_); });
  add_button(handlers, "reset", [this] {
    count_ = byte_count_ = 0;
    first_.reset();
  });
}

}  // namespace superfluid::elements
