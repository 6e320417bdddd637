// SPDX-License-Identifier: Apache-2.0
#include "elements/rated_unqueue.h"

#include <algorithm>
#include <limits>

#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {
namespace {

using graph::Batch;
using graph::Packet;

constexpr base::Duration kBurstDefault = base::milliseconds(20);
constexpr std::uint64_t kTokensMax = std::numeric_limits<std::uint32_t>::max();

}  // namespace

const graph::ElementClass RatedUnqueue::kClass{"RatedUnqueue", "1/1", "l/h",
                                               graph::make_element<RatedUnqueue>};
const graph::ElementClass BandwidthRatedUnqueue::kClass{"BandwidthRatedUnqueue", "1/1", "l/h",
                                                        graph::make_element<BandwidthRatedUnqueue>};

void AnyRatedUnqueue::configure(graph::Arguments& arguments) {
  arguments.required("RATE", rate_)
      .keyword("BURST_DURATION", burst_duration_)
      .keyword(rate_.unit == TrafficUnit::kPackets ? "BURST_SIZE" : "BURST_BYTES", burst_size_)
      .keyword("ACTIVE", active_)
      .complete();
  if (burst_duration_ && burst_size_) {
    arguments.complain("cannot specify both BURST_DURATION and BURST_SIZE");
  }
  fill_bucket();
}

void AnyRatedUnqueue::fill_bucket() {
  std::uint64_t tokens = burst_size_.value_or(0);
  if (!burst_size_) {
    const auto ms = static_cast<std::uint64_t>(std::clamp<std::int64_t>(
        burst_duration_.value_or(kBurstDefault).count() / base::milliseconds(1).count(), 0,
        std::numeric_limits<std::uint32_t>::max()));
    tokens = rate_.per_second * ms / 1000;
  }
  if (rate_.unit == TrafficUnit::kBytes) {
    tokens += kBytesThreshold;
  }
  bucket_.set_rate(rate_.per_second,
                   static_cast<std::uint32_t>(std::clamp<std::uint64_t>(tokens, 1, kTokensMax)));
}

base::Status AnyRatedUnqueue::initialize() {
  task_.attach(router().schedule());
  timer_.attach(router().schedule());
  empty_ = router().empty_signal(*this, 0);
  empty_.listen(task_);
  task_.schedule();
  return {};
}

std::size_t AnyRatedUnqueue::pull_rated(Packet** into) {
  std::size_t found = 0;
  while (found < router().batch_max() && bucket_.contains(threshold())) {
    if (input(0).pull(into + found, 1) == 0) {
      ++failed_pulls_;
      if (!empty_.active()) {
        task_.unschedule();
      }
      break;
    }
    bucket_.remove(units_of(*into[found], rate_.unit));
    ++found;
  }
  return found;
}

bool AnyRatedUnqueue::run_task(graph::Task&) {
  ++runs_;
  if (!active_) {
    task_.unschedule();
    return false;
  }
  bucket_.refill(router().schedule().now());
  if (!bucket_.contains(threshold())) {
    ++empty_runs_;
    task_.unschedule();
    if (const auto wait = bucket_.until(threshold())) {
      timer_.set_after(*wait);
    }
    return false;
  }
  Packet* packets[graph::kBatchMax];
  const std::size_t found = pull_rated(packets);
  if (found == 0) {
    ++empty_runs_;
    return false;
  }
  pushes_ += found;
  output(0).push(Batch(packets, found));
  return true;
}

std::string AnyRatedUnqueue::calls() const {
  return base::cat(runs_, " calls to run_task()\n", empty_runs_, " empty runs\n", pushes_,
                   " pushes\n", failed_pulls_, " failed pulls\n");
}

void AnyRatedUnqueue::take_state(graph::Element& old) {
  bucket_.take_level(static_cast<const AnyRatedUnqueue&>(old).bucket_);
}

void AnyRatedUnqueue::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "rate", rate_, [this] {
    fill_bucket();
    task_.schedule();
  });
  add_value(handlers, "config", rate_);
  add_setting(handlers, "active", active_, [this] { task_.schedule(); });
  handlers.value("calls", [this] { return calls(); });
}

}  // namespace superfluid::elements
