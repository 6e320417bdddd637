// SPDX-License-Identifier: Apache-2.0
#include "elements/infinite_source.h"

#include <algorithm>
#include <cstring>

#include "elements/values.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass InfiniteSource::kClass{"InfiniteSource", "0/1", "a/a",
                                                 graph::make_element<InfiniteSource>};

void InfiniteSource::configure(graph::Arguments& arguments) {
  data_ = "One packet of an endless row: it is at least sixty-four bytes in all.";
  graph::AnyText end_call;
  std::int64_t length = -1;
  arguments.positional("DATA", data_)
      .positional("LIMIT", limit_)
      .positional("BURST", burst_)
      .positional("ACTIVE", active_)
      .keyword("LENGTH", length)
      .keyword("TIMESTAMP", timestamp_)
      .keyword("HEADROOM", headroom_)
      .keyword("STOP", stop_)
      .keyword("END_CALL", end_call)
      .complete();
  end_call_text_ = std::move(end_call.text);
  if (stop_ && !end_call_text_.empty()) {
    arguments.complain("'END_CALL' and 'STOP' are mutually exclusive");
  }
  if (burst_ == 0) {
    arguments.complain("BURST: out of range, minimum 1");
  }
  if (length > graph::kPacketBytesMax || data_.size() > graph::kPacketBytesMax) {
    arguments.complain(base::cat("LENGTH: out of range, maximum ", graph::kPacketBytesMax));
  } else if (length >= 0) {
    data_.resize(static_cast<std::size_t>(length), '\0');
  }
}

base::Status InfiniteSource::initialize() {
  task_.attach(schedule());
  if (pushes()) {
    full_ = router().full_signal(*this, 0);
    full_.listen(task_);
  }
  if (!end_call_text_.empty()) {
    SF_CHECKED(end_call_.bind(*this, end_call_text_));
  }
  restart();
  return {};
}

void InfiniteSource::restart() {
  const bool more = active_ && (limit_ < 0 || count_ < limit_);
  if (pushes()) {
    more ? task_.schedule() : task_.unschedule();
  } else {
    more ? nonempty_.wake() : nonempty_.sleep();
  }
}

std::size_t InfiniteSource::allowed(std::size_t wanted) const {
  if (!active_ || limit_ < 0) {
    return active_ ? wanted : 0;
  }
  return std::min(wanted, static_cast<std::size_t>(std::max<std::int64_t>(0, limit_ - count_)));
}

std::size_t InfiniteSource::fill(Packet** into, std::size_t wanted) {
  const base::Duration now =
      timestamp_ ? schedule().clock().since_epoch() : base::Duration();
  for (std::size_t i = 0; i < wanted; ++i) {
    into[i] = pool().make(base::bytes_of(data_), headroom_);
    if (into[i] == nullptr) {
      return i;
    }
    into[i]->notes.timestamp = now;
  }
  return wanted;
}

void InfiniteSource::limit_reached() {
  nonempty_.sleep();
  task_.unschedule();
  if (stop_) {
    router().stop();
  } else if (!end_call_text_.empty()) {
    end_call_.call(router());
  }
}

bool InfiniteSource::run_task(graph::Task&) {
  if (!full_.active()) {
    task_.unschedule();
    return false;
  }
  std::size_t left = allowed(std::min<std::size_t>(burst_, graph::kTurnPacketsMax));
  const bool any = left != 0;
  while (left != 0) {
    Packet* packets[graph::kBatchMax];
    const std::size_t made = fill(packets, std::min(left, router().batch_max()));
    if (made == 0) {
      break;
    }
    count_ += static_cast<std::int64_t>(made);
    left -= made;
    output(0).push(Batch(packets, made));
  }
  if (limit_ >= 0 && count_ >= limit_) {
    limit_reached();
  }
  return any;
}

std::size_t InfiniteSource::pull(std::uint32_t, Packet** into, std::size_t max) {
  const std::size_t made = fill(into, allowed(max));
  count_ += static_cast<std::int64_t>(made);
  if (made == 0 && active_ && limit_ >= 0 && count_ >= limit_) {
    limit_reached();
  }
  return made;
}

void InfiniteSource::take_state(graph::Element& old) {
  count_ = static_cast<const InfiniteSource&>(old).count_;
  restart();
}

void InfiniteSource::add_handlers(graph::HandlerTable& handlers) {
  add_task_handlers(handlers, task_);
  handlers.value("count", [this] { return count_; });
  handlers.write("reset", [this](std::string_view) -> base::Status {
    count_ = 0;
    restart();
    return {};
  });
  const auto setting = [&](std::string_view name, auto& value) {
    handlers.value(name, [&value] {
      if constexpr (std::is_same_v<decltype(value), bool&>) {
        return value ? "true" : "false";
      } else {
        return value;
      }
    });
    handlers.write(name, [this, &value](std::string_view text) -> base::Status {
      SF_CHECKED(graph::parse_handler_value(text, value));
      restart();
      return {};
    });
  };
  setting("active", active_);
  setting("limit", limit_);
  handlers.value("data", [this] { return std::string_view(data_); });
  handlers.write("data", [this](std::string_view text) -> base::Status {
    std::string data;
    SF_CHECKED(graph::parse_handler_value(text, data));
    if (data.size() > graph::kPacketBytesMax) {
      return base::fail(base::ErrorCode::kInvalid,
                        base::cat("out of range, maximum ", graph::kPacketBytesMax));
    }
    data_ = std::move(data);
    return {};
  });
  handlers.value("length", [this] { return data_.size(); });
  handlers.write("length", [this](std::string_view text) -> base::Status {
    std::uint32_t length = 0;
    SF_CHECKED(graph::parse_handler_value(text, length));
    if (length > graph::kPacketBytesMax) {
      return base::fail(base::ErrorCode::kInvalid,
                        base::cat("out of range, maximum ", graph::kPacketBytesMax));
    }
    data_.resize(length, '\0');
    return {};
  });
  handlers.value("burst", [this] { return burst_; });
  handlers.write("burst", [this](std::string_view text) -> base::Status {
    std::uint32_t burst = 0;
    SF_CHECKED(graph::parse_handler_value(text, burst));
    if (burst == 0) {
      return base::fail(base::ErrorCode::kInvalid, "out of range, minimum 1");
    }
    burst_ = burst;
    return {};
  });
}

}  // namespace superfluid::elements
