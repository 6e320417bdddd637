// SPDX-License-Identifier: Apache-2.0
// TimeFilter: passes packets whose timestamps lie between two times.
//
//   TimeFilter([START, END, START_DELAY t, START_AFTER t, END_DELAY t, END_AFTER t, INTERVAL t,
//              STOP bool, END_CALL "HANDLER [VALUE]"])
//
// Arguments  START        seconds since 1970; packets from then on pass
//            START_AFTER  the same, counted from the first packet; START_DELAY: from the start of
//                         the graph. One of the three at most; default: all from the first on.
//            END          packets before then pass; END_AFTER, END_DELAY: as for START; INTERVAL:
//                         counted from START. One of the four at most; default: no end.
//            STOP         stops the graph at the first packet behind the end
//            END_CALL     writes VALUE to HANDLER then, with the packet's time for $t in it. If
//                         that moves the end, the packet is looked at again. Excludes STOP.
// Ports      1 input, push or pull; 1 or 2 outputs, of which 1, push, gets the others
// Handlers   start, end, interval (rw)  in seconds; written end and interval replace each other
//            extend_interval (w)        moves the end by so much
// Example    FromDump(day.pcap) -> TimeFilter(START_AFTER 60, INTERVAL 10, STOP true) -> t;

#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <string>

#include "elements/handler_call.h"
#include "graph/element.h"

namespace superfluid::elements {

class TimeFilter final : public graph::PerPacket<TimeFilter> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  // What a time counts from, until that is known.
  enum class From : std::uint8_t { kEpoch, kFirstPacket, kGraphStart, kFilterStart };
  struct Bound {
    base::Duration time;
    From from;
  };
  struct Given {
    const std::optional<base::Duration>& time;
    From from;
  };
  // Takes the one that was given; complains about more.
  static void choose(graph::Arguments& arguments, std::string_view names,
                     std::initializer_list<Given> all, Bound& bound);

  static void settle(Bound& bound, From from, base::Duration time);
  void see_first(base::Duration stamp);
  void end_reached(base::Duration stamp);
  void set_end(Bound end);

  Bound start_{{}, From::kFirstPacket};
  Bound end_{base::Duration(std::numeric_limits<std::int64_t>::max()), From::kEpoch};
  bool seen_first_ = false;
  bool call_due_ = true;  // the end was not told yet
  bool stop_ = false;
  std::string end_call_text_;
  HandlerCall end_call_;
};

}  // namespace superfluid::elements
