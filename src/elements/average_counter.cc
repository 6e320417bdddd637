// SPDX-License-Identifier: Apache-2.0
#include "elements/average_counter.h"

#include <algorithm>

#include "elements/fraction_text.h"
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
  last_ = schedule().now();
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
  const base::Duration seen = last_ - first_.value_or(last_) - base::seconds(ignore_s_);
  const auto ms = static_cast<std::uint64_t>(
      std::max<std::int64_t>(1, seen.count() / base::milliseconds(1).count()));
  const std::uint64_t whole = count / ms * 1000 + count % ms * 1000 / ms;
  const std::uint64_t rest = count % ms * 1000 % ms;
  return decimal_text(whole * 1'000'000 + rest * 1'000'000 / ms, 6);
}

void AverageCounter::take_state(graph::Element& old) {
  const auto& before = static_cast<const AverageCounter&>(old);
  count_ = before.count_;
  byte_count_ = before.byte_count_;
  first_ = before.first_;
  last_ = before.last_;
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
