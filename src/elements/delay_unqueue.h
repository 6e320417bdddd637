// SPDX-License-Identifier: Apache-2.0
// DelayUnqueue: pulls packets and pushes each one on when it is old enough.
//
//   DelayUnqueue(DELAY)
//
// Arguments  DELAY  how long after its timestamp a packet goes on. One without a timestamp gets the
//                   time at which it was pulled.
// Ports      1 pull input, 1 push output. Holds one packet at most.
// Handlers   delay (rw)
//            scheduled, home_thread (r), tickets (rw)  of its task
// Example    f -> Queue -> DelayUnqueue(20ms) -> t;
//
// A packet leaves with the timestamp at which it was due. Order is kept: an older one behind waits.

#pragma once

#include "graph/element.h"
#include "graph/notifier.h"

namespace superfluid::elements {

class DelayUnqueue final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task&) override;
  void run_timer(graph::Timer&) override { task_.schedule(); }
  void take_state(graph::Element& old) override {
    held_ = std::move(static_cast<DelayUnqueue&>(old).held_);
  }

 private:
  // Pulls and stamps the next packet if none is held; false when there is none.
  bool hold_next(base::Duration now);

  base::Duration delay_;
  graph::PacketPtr held_;  // its timestamp is when it is due
  graph::Task task_{*this};
  graph::Timer timer_{*this};
  graph::Signal empty_;
};

}  // namespace superfluid::elements
