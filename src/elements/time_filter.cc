// SPDX-License-Identifier: Apache-2.0
#include "elements/time_filter.h"

#include "elements/fraction_text.h"
#include "elements/time_sum.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass TimeFilter::kClass{"TimeFilter", "1/1-2", "a/ah",
                                             graph::make_element<TimeFilter>};

void TimeFilter::choose(graph::Arguments& arguments, std::string_view names,
                        std::initializer_list<Given> all, Bound& bound) {
  int count = 0;
  for (const Given& given : all) {
    if (given.time) {
      bound = {*given.time, given.from};
      ++count;
    }
  }
  if (count > 1) {
    arguments.complain(base::cat(names, " are mutually exclusive"));
  }
}

void TimeFilter::configure(graph::Arguments& arguments) {
  std::optional<base::Duration> start;
  std::optional<base::Duration> start_after;
  std::optional<base::Duration> start_delay;
  std::optional<base::Duration> end;
  std::optional<base::Duration> end_after;
  std::optional<base::Duration> end_delay;
  std::optional<base::Duration> interval;
  graph::AnyText end_call;
  arguments.positional("START", start)
      .positional("END", end)
      .keyword("START_DELAY", start_delay)
      .keyword("END_DELAY", end_delay)
      .keyword("START_AFTER", start_after)
      .keyword("END_AFTER", end_after)
      .keyword("INTERVAL", interval)
      .keyword("STOP", stop_)
      .keyword("END_CALL", end_call)
      .complete();
  choose(
      arguments, "START, START_AFTER, and START_DELAY",
      {{start, From::kEpoch}, {start_after, From::kFirstPacket}, {start_delay, From::kGraphStart}},
      start_);
  choose(arguments, "END, END_AFTER, END_DELAY, and INTERVAL",
         {{end, From::kEpoch},
          {end_after, From::kFirstPacket},
          {end_delay, From::kGraphStart},
          {interval, From::kFilterStart}},
         end_);
  end_call_text_ = std::move(end_call.text);
  if (stop_ && !end_call_text_.empty()) {
    arguments.complain("END_CALL and STOP are mutually exclusive");
  }
}

base::Status TimeFilter::initialize() {
  const base::Duration now = schedule().clock().since_epoch();
  settle(start_, From::kGraphStart, now);
  settle(end_, From::kGraphStart, now);
  return end_call_text_.empty() ? base::Status() : end_call_.bind(*this, end_call_text_);
}

void TimeFilter::settle(Bound& bound, From from, base::Duration time) {
  if (bound.from == from) {
    bound = {later(bound.time, time), From::kEpoch};
  }
}

void TimeFilter::see_first(base::Duration stamp) {
  seen_first_ = true;
  settle(start_, From::kFirstPacket, stamp);
  settle(end_, From::kFirstPacket, stamp);
  settle(end_, From::kFilterStart, start_.time);
}

void TimeFilter::set_end(Bound end) {
  end_ = end;
  call_due_ = true;
  if (seen_first_) {
    settle(end_, From::kFilterStart, start_.time);
  }
}

// Tells it, again as long as the call moves the end on.
void TimeFilter::end_reached(base::Duration stamp) {
  base::Duration before;
  do {
    before = end_.time;
    call_due_ = false;
    if (stop_) {
      router().stop();
    } else if (!end_call_text_.empty()) {
      end_call_.call(router(), "t", timestamp_text(stamp));
    }
  } while (call_due_ && stamp >= end_.time && end_.time > before);
}

Packet* TimeFilter::act(Packet* packet) {
  const base::Duration stamp = packet->notes.timestamp;
  if (!seen_first_) {
    see_first(stamp);
  }
  if (stamp >= start_.time && stamp >= end_.time && call_due_) {
    end_reached(stamp);
  }
  if (stamp < start_.time || stamp >= end_.time) {
    reject(packet);
    return nullptr;
  }
  return packet;
}

void TimeFilter::add_handlers(graph::HandlerTable& handlers) {
  const auto write = [&](std::string_view name, auto take) {
    handlers.write(name, [take](std::string_view text) -> base::Status {
      base::Duration time;
      SF_CHECKED(graph::parse_handler_value(text, time));
      take(time);
      return {};
    });
  };
  handlers.value("start", [this] { return timestamp_text(start_.time); });
  handlers.value("end", [this] { return timestamp_text(end_.time); });
  handlers.value("interval", [this] { return timestamp_text(between(start_.time, end_.time)); });
  write("start", [this](base::Duration time) { start_ = {time, From::kEpoch}; });
  write("end", [this](base::Duration time) { set_end({time, From::kEpoch}); });
  write("interval", [this](base::Duration time) { set_end({time, From::kFilterStart}); });
  write("extend_interval", [this](base::Duration time) {
    set_end({later(end_.time, time), end_.from});
  });
}

}  // namespace superfluid::elements
