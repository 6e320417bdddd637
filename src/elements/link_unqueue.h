// SPDX-License-Identifier: Apache-2.0
// LinkUnqueue: pulls packets and pushes them on as a line with a bandwidth and a length would.
//
//   LinkUnqueue(LATENCY, BANDWIDTH)
//
// Arguments  LATENCY    how long a bit is on its way
//            BANDWIDTH  such as 384kbps, at least 100 bytes a second
// Ports      1 pull input, 1 push output. Rests while what is before is empty.
// Handlers   latency, bandwidth (rw)  written, they empty the line
//            size (r)                 packets on the line
//            reset (w)                empties the line
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    f -> Queue -> LinkUnqueue(20ms, 2Mbps) -> t;
//
// A packet goes onto the line when the one before it has left the sender, and comes out with its
// last bit; then its timestamp is that time. Bytes cut off a packet count as if they were there.

#pragma once

#include <deque>

#include "elements/traffic_rate.h"
#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class LinkUnqueue final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::uint32_t kBandwidthMin = 100;

  ~LinkUnqueue() override { clear(); }

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task&) override;
  void run_timer(graph::Timer&) override { task_.schedule(); }

 private:
  bool send(base::Duration now);
  bool receive(base::Duration now);
  void rest(base::Duration now);
  void clear();
  void restart();

  base::Duration latency_;
  TrafficRate bandwidth_{TrafficUnit::kBytes};
  std::deque<graph::Packet*> line_;  // stamped with when they come out
  bool back_to_back_ = false;        // the one before is just leaving
  graph::Task task_{*this};
  graph::Timer timer_{*this};
  graph::Signal empty_;
};

}  // namespace superfluid::elements
