// SPDX-License-Identifier: Apache-2.0
#include "elements/rated_source.h"

#include <algorithm>
#include <optional>

#include "elements/traffic_rate.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass RatedSource::kClass{"RatedSource", "0/1", "a/a",
                                              graph::make_element<RatedSource>};

void RatedSource::configure(graph::Arguments& arguments) {
  data_ = "One packet out of a steady row: at least sixty-four bytes of payload.";
  TrafficRate bandwidth{TrafficUnit::kBytes};
  arguments.positional("DATA", data_)
      .positional("RATE", rate_)
      .positional("LIMIT", limit_)
      .positional("ACTIVE", active_)
      .keyword("LENGTH", length_)
      .keyword("DATASIZE", length_)
      .keyword("STOP", stop_)
      .keyword("BANDWIDTH", bandwidth)
      .complete();
  if (length_ > graph::kPacketBytesMax || data_.size() > graph::kPacketBytesMax) {
    arguments.complain(base::cat("LENGTH: out of range, maximum ", graph::kPacketBytesMax));
    return;
  }
  fill_bytes();
  if (bandwidth.per_second != 0) {
    if (bytes_.empty()) {
      arguments.complain("BANDWIDTH: packets without bytes have none");
      return;
    }
    rate_ = bandwidth.per_second / static_cast<std::uint32_t>(bytes_.size());
  }
  fill_bucket();
}

void RatedSource::fill_bucket() { bucket_.set_rate(rate_, std::max(2U, rate_ / 100)); }

void RatedSource::fill_bytes() {
  bytes_ = data_;
  if (length_ >= 0) {
    const auto length = static_cast<std::size_t>(length_);
    while (bytes_.size() < length && !data_.empty()) {
      bytes_ += data_;
    }
    bytes_.resize(length, '\0');
  }
}

base::Status RatedSource::initialize() {
  task_.attach(schedule());
  timer_.attach(schedule());
  restart();
  return {};
}

void RatedSource::restart() {
  if (active_ && output(0).connected()) {
    task_.schedule();
  }
}

std::size_t RatedSource::produce(Packet** into, std::size_t max) {
  if (!active_) {
    return 0;
  }
  if (exhausted()) {
    if (stop_) {
      router().stop();
    }
    return 0;
  }
  bucket_.refill(schedule().now());
  std::size_t allowed = std::min<std::size_t>(max, bucket_.tokens());
  if (limit_ >= 0) {
    allowed = std::min(allowed, static_cast<std::size_t>(limit_ - count_));
  }
  if (allowed == 0) {
    return 0;
  }
  const base::Duration stamp = schedule().clock().since_epoch();
  std::size_t made = 0;
  while (made < allowed && (into[made] = pool().make(base::bytes_of(bytes_))) != nullptr) {
    into[made++]->notes.timestamp = stamp;
  }
  bucket_.remove(static_cast<std::uint32_t>(made));
  count_ += static_cast<std::int64_t>(made);
  return made;
}

bool RatedSource::run_task(graph::Task&) {
  Packet* packets[graph::kBatchMax];
  const std::size_t made = produce(packets, router().batch_max());
  if (made != 0) {
    output(0).push(Batch(packets, made));
    return true;
  }
  if (!active_ || exhausted()) {
    task_.unschedule();
  } else if (!bucket_.contains(1)) {  // else it is memory that is missing: try again
    task_.unschedule();
    if (const auto wait = bucket_.until(1)) {
      timer_.set_after(*wait);
    }
  }
  return false;
}

std::size_t RatedSource::pull(std::uint32_t, Packet** into, std::size_t max) {
  return produce(into, max);
}

void RatedSource::take_state(graph::Element& old) {
  const auto& before = static_cast<const RatedSource&>(old);
  count_ = before.count_;
  bucket_.take_level(before.bucket_);
  if (exhausted()) {  // and said so
    task_.unschedule();
  }
}

void RatedSource::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  add_value(handlers, "count", count_);
  add_setting(handlers, "rate", rate_, [this] {
    fill_bucket();
    restart();
  });
  add_setting(handlers, "limit", limit_, [this] { restart(); });
  add_setting(handlers, "active", active_, [this] { restart(); });
  add_button(handlers, "reset", [this] {
    count_ = 0;
    bucket_.set_level(1);
    restart();
  });
  const auto of_length = [&](std::string_view name, auto& value) {
    add_value(handlers, name, value);
    handlers.write(name, [this, &value](std::string_view text) -> base::Status {
      auto wanted = value;
      SF_CHECKED(graph::parse_handler_value(text, wanted));
      std::swap(value, wanted);
      if (length_ > graph::kPacketBytesMax || data_.size() > graph::kPacketBytesMax) {
        std::swap(value, wanted);
        return base::fail(base::ErrorCode::kInvalid,
                          base::cat("out of range, maximum ", graph::kPacketBytesMax));
      }
      fill_bytes();
      return {};
    });
  };
  of_length("data", data_);
  of_length("length", length_);
  of_length("datasize", length_);
}

}  // namespace superfluid::elements
