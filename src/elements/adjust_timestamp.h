// SPDX-License-Identifier: Apache-2.0
// AdjustTimestamp, SetTimestampDelta: change the timestamps of packets.
//
//   AdjustTimestamp(TIME [, ALL bool])  adds TIME
//   SetTimestampDelta([TYPE])           makes them times between packets
//
// Arguments  TIME  seconds, with a sign if one likes
//            ALL   also of packets without a timestamp. Default false.
//            TYPE  RANGE: the time since the first packet that has a timestamp (the default); NOW:
//                  the time from the timestamp to now
// Ports      1 input, 1 output, push or pull
// Handlers   time (rw)               AdjustTimestamp's TIME
//            first (r), reset (w)    SetTimestampDelta: the first timestamp; forgets it
// Example    FromDump(trace.pcap) -> SetTimestampDelta -> ToIPSummaryDump(-, FIELDS timestamp);

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class AdjustTimestamp final : public graph::PerPacket<AdjustTimestamp> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  base::Duration time_;
  bool all_ = false;
};

class SetTimestampDelta final : public graph::PerPacket<SetTimestampDelta> {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  void add_handlers(graph::HandlerTable& handlers) override;
  graph::Packet* act(graph::Packet* packet);

 private:
  base::Duration first_;
  bool to_now_ = false;
};

}  // namespace superfluid::elements
