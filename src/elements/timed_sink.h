// SPDX-License-Identifier: Apache-2.0
// TimedSink: pulls a packet at each interval and drops it.
//
//   TimedSink([INTERVAL])
//
// Arguments  INTERVAL  more than 0. Default 500ms.
// Ports      1 pull input
// Handlers   interval (rw)
// Example    f -> Queue -> TimedSink(10ms);

#pragma once

#include "graph/element.h"

namespace superfluid::elements {

class TimedSink final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void run_timer(graph::Timer&) override;

 private:
  base::Duration interval_ = base::milliseconds(500);
  base::Instant due_;
  graph::Timer timer_{*this};
};

}  // namespace superfluid::elements
