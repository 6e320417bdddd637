// SPDX-License-Identifier: Apache-2.0
// TimedSource: sends a copy of one packet every so often.
//
//   TimedSource([INTERVAL, DATA] [, LIMIT n, ACTIVE bool, STOP bool, HEADROOM n])
//
// Arguments  INTERVAL  time between packets, and before the first one. Default 500ms.
//            DATA      the packet's bytes. Default: a sentence of 69 bytes.
//            LIMIT     packets to send in all, negative for no limit. Default -1.
//            ACTIVE    whether it sends. Default true.
//            STOP      stops the graph an INTERVAL after LIMIT packets. Default false.
//            HEADROOM  bytes free in front of the data. Default 64.
// Ports      1 push output
// Handlers   count (r), reset (w)                            packets sent so far; start anew
//            interval, data, limit, active, headroom (rw)    as the arguments
// Example    TimedSource(1s, "still here") -> t;

#pragma once

#include <string>

#include "graph/element.h"

namespace superfluid::elements {

class TimedSource final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void run_timer(graph::Timer&) override;
  void take_state(graph::Element& old) override;

 private:
  void restart();

  graph::Timer timer_{*this};
  base::Instant due_;
  base::Duration interval_ = base::milliseconds(500);
  std::string data_;
  std::int64_t limit_ = -1;
  std::int64_t count_ = 0;
  std::uint32_t headroom_ = graph::kHeadroom;
  bool active_ = true;
  bool stop_ = false;
};

}  // namespace superfluid::elements
