// SPDX-License-Identifier: Apache-2.0
#include "elements/adjust_timestamp.h"

#include "elements/fraction_text.h"
#include "elements/time_sum.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {
namespace {

using graph::Packet;

// A time that may have a sign.
struct SignedTime {
  base::Duration time;
};

graph::Complaint parse_argument(std::string_view text, SignedTime& value) {
  const bool negative = text.starts_with('-');
  base::Duration size;
  graph::Complaint complaint =
      graph::parse_argument(text.substr(negative || text.starts_with('+') ? 1 : 0), size);
  if (complaint.empty()) {
    value.time = negative ? base::Duration() - size : size;
  }
  return complaint;
}

}  // namespace

const graph::ElementClass AdjustTimestamp::kClass{"AdjustTimestamp", "1/1", "a/a",
                                                  graph::make_element<AdjustTimestamp>};

void AdjustTimestamp::configure(graph::Arguments& arguments) {
  SignedTime time;
  arguments.positional("TIME", time).keyword("ALL", all_).complete();
  time_ = time.time;
}

Packet* AdjustTimestamp::act(Packet* packet) {
  base::Duration& stamp = packet->notes.timestamp;
  if (all_ || stamp != base::Duration()) {
    stamp = later(stamp, time_);
  }
  return packet;
}

void AdjustTimestamp::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("time", [this] { return timestamp_text(time_); });
  handlers.write("time", [this](std::string_view text) -> base::Status {
    SignedTime time;
    if (graph::Complaint complaint = parse_argument(base::trim(text), time); !complaint.empty()) {
      return base::fail(base::ErrorCode::kInvalid, complaint);
    }
    time_ = time.time;
    return {};
  });
}

const graph::ElementClass SetTimestampDelta::kClass{"SetTimestampDelta", "1/1", "a/a",
                                                    graph::make_element<SetTimestampDelta>};

void SetTimestampDelta::configure(graph::Arguments& arguments) {
  std::string type = "RANGE";
  arguments.positional("TYPE", type).complete();
  if (type != "RANGE" && type != "NOW") {
    arguments.complain("bad TYPE");
  }
  to_now_ = type == "NOW";
}

Packet* SetTimestampDelta::act(Packet* packet) {
  base::Duration& stamp = packet->notes.timestamp;
  if (stamp == base::Duration()) {
    return packet;
  }
  if (to_now_) {
    stamp = between(stamp, schedule().clock().since_epoch());
    return packet;
  }
  if (first_ == base::Duration()) {
    first_ = stamp;
  }
  stamp = between(first_, stamp);
  return packet;
}

void SetTimestampDelta::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("first", [this] { return timestamp_text(first_); });
  add_button(handlers, "reset", [this] { first_ = base::Duration(); });
}

}  // namespace superfluid::elements
