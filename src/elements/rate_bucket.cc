// SPDX-License-Identifier: Apache-2.0
#include "elements/rate_bucket.h"

#include <algorithm>
#include <limits>

#include "elements/values.h"

namespace superfluid::elements {
namespace {

constexpr base::Duration kBurstDefault = base::milliseconds(20);
constexpr std::uint64_t kTokensMax = std::numeric_limits<std::uint32_t>::max();

}  // namespace

void RateBucket::read(graph::Arguments& arguments) {
  arguments.required("RATE", rate_)
      .keyword("BURST_DURATION", burst_duration_)
      .keyword(rate_.unit == TrafficUnit::kPackets ? "BURST_SIZE" : "BURST_BYTES", burst_size_);
}

void RateBucket::settle(graph::Arguments& arguments) {
  if (burst_duration_ && burst_size_) {
    arguments.complain("cannot specify both BURST_DURATION and BURST_SIZE");
  }
  fill();
}

void RateBucket::fill() {
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

void RateBucket::add_handlers(graph::HandlerTable& handlers, base::Callback<void()> after) {
  after_change_ = after;
  add_setting(handlers, "rate", rate_, [this] {
    fill();
    after_change_();
  });
  add_value(handlers, "config", rate_);
}

}  // namespace superfluid::elements
